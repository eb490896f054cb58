"""Spans are sent to a collector if one is named, and cost nothing otherwise."""

import os
import subprocess
import sys

from pytest_httpserver import HTTPServer

PROGRAM = """
from opentelemetry.trace import SpanKind
from joust_kit.observability.tracing import current_trace_id, set_up_tracing, span
set_up_tracing("task")
headers = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
with span("GET /drops", headers, SpanKind.SERVER):
    print(current_trace_id())
"""


def run(exporter: str, collector: HTTPServer) -> "subprocess.CompletedProcess[str]":
    variables = {"OTEL_TRACES_EXPORTER": exporter, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url_for("")}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_span_goes_to_the_collector_with_its_service_and_the_callers_trace(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v1/traces", method="POST").respond_with_data(b"")
    done = run("otlp", httpserver)
    assert done.stdout.strip() == "4bf92f3577b34da6a3ce929d0e0e4736", done.stderr
    ((request, _answer),) = httpserver.log
    sent = request.get_data()
    assert b"joust-task" in sent
    assert b"GET /drops" in sent
    assert bytes.fromhex("4bf92f3577b34da6a3ce929d0e0e4736") in sent


def test_without_a_collector_the_trace_goes_on_and_nothing_is_sent(httpserver: HTTPServer) -> None:
    done = run("none", httpserver)
    assert done.stdout.strip() == "4bf92f3577b34da6a3ce929d0e0e4736", done.stderr
    assert httpserver.log == []


def test_an_exporter_that_is_not_known_is_named(httpserver: HTTPServer) -> None:
    done = run("zipkin", httpserver)
    assert "OTEL_TRACES_EXPORTER is otlp or none, not zipkin." in done.stderr
