"""Metrics that every service has, in Prometheus' form at ``/metrics``."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram(
    "joust_http_request_seconds",
    "Time to answer a request.",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
CONNECTIONS_REFUSED = Counter(
    "joust_connections_refused_total",
    "Connections beyond a limit (process, address): told so (lobby) or closed at once (outside).",
    ["limit", "place"],
)
EVENTS_HANDLED = Counter("joust_events_handled_total", "Events handled, by outcome.", ["type", "outcome"])
EVENT_DELAY = Histogram(
    "joust_event_delay_seconds",
    "From the moment an event was told to the commit of its effect.",
    ["type"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300),
)
EVENTS_RELAYED = Counter("joust_events_relayed_total", "Outbox rows acknowledged by Kafka.")
RELAY_ACTIVE = Gauge("joust_relay_active", "1 in the process whose relay is at work.")
RELAY_FAILURES = Counter("joust_relay_failures_total", "Batches that Kafka did not take.")
JOBS = Counter("joust_jobs_total", "Runs of durable jobs, by outcome.", ["queue", "outcome"])
TASKS = Gauge("joust_tasks", "Tasks of the event loop.")
DATABASE_CONNECTIONS = Gauge(
    "joust_database_connections",
    "Connections to PostgreSQL for requests, handlers and jobs, by state (idle, in_use).",
    ["state"],
)
STALE_EVENTS = Counter("joust_events_stale_total", "Events not newer than what was known; dropped.", ["type"])
