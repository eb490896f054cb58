"""Structured logs: one JSON object a line, with the trace id, on standard output."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict

from joust_kit.observability.tracing import current_trace_id


def set_up_logging(service: str, level: str) -> None:
    """Send structlog and the standard library's logging through the same processors."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_service(service),
        _add_trace,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiokafka", "uvicorn.access", "alembic", "faststream", "outbox"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger


def _add_service(service: str) -> Any:
    def add(_logger: Any, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add


def _add_trace(_logger: Any, _method: str, event: EventDict) -> EventDict:
    if trace_id := current_trace_id():
        event["trace_id"] = trace_id
    return event
