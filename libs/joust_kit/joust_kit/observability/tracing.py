"""W3C trace context through HTTP and Kafka.

Spans are recorded only if ``OTEL_TRACES_EXPORTER`` names an exporter; without one a trace id still travels
along, so that logs of all services can be put together, and nothing else is spent on it.
"""

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("joust")


def set_up_tracing(service: str) -> None:
    """Give this process a tracer whose spans name ``service``."""
    exports = os.environ.get("OTEL_TRACES_EXPORTER", "none") != "none"
    resource = Resource.create({"service.name": f"joust-{service}"})
    # Without a sampler the SDK takes the one that OTEL_TRACES_SAMPLER names.
    trace.set_tracer_provider(TracerProvider(resource=resource, sampler=None if exports else ALWAYS_OFF))


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
