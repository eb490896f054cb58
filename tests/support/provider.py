"""A stand-in for the provider of a language model, which can be slow, busy, or gone, and knows what it was asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from joust_embedded.bounty.client import a_task
from services.evaluation.tests.judges.completions import completion

SCORE = 70
_LONGEST_HOLD_SECONDS = 600


class Provider:
    """Gives every submission of ``a_task`` the same score."""

    def __init__(self) -> None:
        self._server = HTTPServer(host="127.0.0.1", port=0, threaded=True)
        self._server.expect_request("/v1/chat/completions", method="POST").respond_with_handler(self._answer)
        self._asked: list[str] = []
        self._free = threading.Event()
        self._free.set()
        self._holds = ""
        self._refuses_with = 0
        self._server.start()

    @property
    def settings(self) -> dict[str, str]:
        """What makes it the judge of a stack's evaluation service."""
        return {
            "JOUST_EVALUATION_JUDGE_MODEL": "openai:scripted",
            "JOUST_EVALUATION_JUDGE_BASE_URL": self._server.url_for("/v1"),
            "JOUST_EVALUATION_JUDGE_API_KEY": "none",
        }

    def times_asked(self, mark: str) -> int:
        """How often it was asked about a submission that has ``mark`` in its files."""
        return sum(mark in each for each in self._asked)

    @contextmanager
    def holding(self, mark: str) -> Iterator[None]:
        """Within the block nobody who asks about ``mark`` is answered."""
        self._free.clear()
        self._holds = mark
        try:
            yield
        finally:
            self._free.set()

    @contextmanager
    def refusing(self, status: int) -> Iterator[None]:
        """Within the block everybody is answered with ``status``."""
        self._refuses_with = status
        try:
            yield
        finally:
            self._refuses_with = 0

    @contextmanager
    def gone(self) -> Iterator[None]:
        """Within the block nobody listens."""
        self._server.stop()
        try:
            yield
        finally:
            self._server.start()

    def close(self) -> None:
        """For good."""
        self._free.set()
        if self._server.is_running():
            self._server.stop()

    def _answer(self, request: Request) -> Response:
        asked = request.get_data(as_text=True)
        self._asked.append(asked)
        if self._holds in asked:
            self._free.wait(_LONGEST_HOLD_SECONDS)
        if self._refuses_with:
            return Response(
                '{"error": {"message": "scripted"}}', self._refuses_with, content_type="application/json"
            )
        criteria = [
            {"criterion_name": each["name"], "score": SCORE, "reasoning": "As scripted."}
            for each in a_task()["criteria"]
        ]
        return completion({"criteria": criteria, "summary": "As scripted."})
