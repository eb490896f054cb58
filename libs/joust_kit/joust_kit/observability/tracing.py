"""W3C trace context through HTTP and Kafka.

Spans are recorded and sent to a collector only if ``OTEL_TRACES_EXPORTER`` is ``otlp``; without it a trace id
still travels along, so that logs of all services can be put together, and nothing else is spent on it.
"""

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import attach, detach
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("joust")


def set_up_tracing(service: str) -> None:
    """Give this process a tracer whose spans name ``service``.

    Where they go, and which of them, say OpenTelemetry's own variables, ``OTEL_EXPORTER_OTLP_ENDPOINT`` and
    ``OTEL_TRACES_SAMPLER`` among them. Raises ValueError for an exporter that is not known here.
    """
    chosen = os.environ.get("OTEL_TRACES_EXPORTER") or "none"
    resource = Resource.create({"service.name": f"joust-{service}"})
    if chosen == "none":
        provider = TracerProvider(resource=resource, sampler=ALWAYS_OFF)
    elif chosen == "otlp":
        provider = TracerProvider(resource=resource)
        provider.add_span_processor(_sender())
    else:
        raise ValueError(f"OTEL_TRACES_EXPORTER is otlp or none, not {chosen}.")
    trace.set_tracer_provider(provider)


def _sender() -> SpanProcessor:
    """Sends finished spans from a thread of its own; what nobody takes is lost in the end."""
    # Imported here: they are slow, and most processes need them not.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    return BatchSpanProcessor(OTLPSpanExporter())


def inject_context(headers: MutableMapping[str, str]) -> None:
    """Write the present trace context into ``headers``."""
    _PROPAGATOR.inject(headers)


@contextmanager
def span(name: str, headers: Mapping[str, str], kind: SpanKind) -> Iterator[None]:
    """A span that goes on with the trace in ``headers``, or begins one."""
    started = _TRACER.start_span(name, context=_PROPAGATOR.extract(headers), kind=kind)
    if started.is_recording():
        with trace.use_span(started, end_on_exit=True):
            yield
        return
    # Nobody reads it: it carries the trace id along. ``use_span`` costs a fourth of a job that does nothing.
    token = attach(trace.set_span_in_context(started))
    try:
        yield
    finally:
        detach(token)


def current_trace_id() -> str | None:
    """Trace id in hexadecimal, ``None`` outside of a trace."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None
