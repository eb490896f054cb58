"""W3C trace context through HTTP and Kafka.

Spans are recorded only if an exporter is set up (``OTEL_TRACES_EXPORTER``, an OpenTelemetry package);
without one a trace id still travels along, so that logs of all services can be put together.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("joust")


def set_up_tracing(service: str) -> None:
    """Give this process a tracer whose spans name ``service``."""
    trace.set_tracer_provider(TracerProvider(resource=Resource.create({"service.name": f"joust-{service}"})))


def inject_context(headers: MutableMapping[str, str]) -> None:
    """Write the present trace context into ``headers``."""
    _PROPAGATOR.inject(headers)


@contextmanager
def span(name: str, headers: Mapping[str, str], kind: SpanKind) -> Iterator[None]:
    """A span that goes on with the trace in ``headers``, or begins one."""
    context = _PROPAGATOR.extract(headers)
    with _TRACER.start_as_current_span(name, context=context, kind=kind):
        yield


def current_trace_id() -> str | None:
    """Trace id in hexadecimal, ``None`` outside of a trace."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None
