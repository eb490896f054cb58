"""A judge that does as it is told: a stand-in for the provider of a language model.

It speaks as much of the chat completions API of OpenAI as a stack's evaluation service needs.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_LONGEST_HOLD_SECONDS = 600
DEFAULT_SCORE = 70.0
_RUBRIC = re.compile(r"\n# Rubric\n(.*?)\n# Submission\nThe marker of this request is", re.DOTALL)
_CRITERION = re.compile(r"^- (.*?) \(weight [0-9.e+-]+\): ", re.MULTILINE)
_ANSWER = re.compile(r"^BEGIN ANSWER (\w) (\w+)\n(.*?)^END ANSWER \1 \2$", re.DOTALL | re.MULTILINE)

Scores = float | Mapping[str, float]
"""One for all criteria, or one by name."""


@dataclass
class _Rule:
    """What becomes of a submission that has ``mark`` in its files or their names."""

    mark: str
    scores: Scores | None = None
    status: int | None = None
    delay_seconds: float = 0


class ScriptedJudge:
    """Gives each submission the score that the test has set, 70 unless told otherwise.

    The newest rule that fits counts; a rule without a mark fits everything. What is read side by side gets
    the scores that each would get alone.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._rules: list[_Rule] = []
        self._asked: list[str] = []
        self._held = ""
        self._free = threading.Event()
        self._free.set()
        self._server: ThreadingHTTPServer | None = None
        self._address = (host, port)
        self.start()

    @property
    def url(self) -> str:
        """Base URL of the API."""
        return f"http://{self._address[0]}:{self._address[1]}/v1"

    @property
    def settings(self) -> dict[str, str]:
        """What makes it the judge of a stack's evaluation service."""
        return {
            "JOUST_EVALUATION_JUDGE_MODEL": "openai:scripted",
            "JOUST_EVALUATION_JUDGE_BASE_URL": self.url,
            "JOUST_EVALUATION_JUDGE_API_KEY": "none",
        }

    def give(self, scores: Scores, *, to: str = "") -> None:
        """Score submissions so; ``to`` is text that stands in their files."""
        self._rules.append(_Rule(to, scores=scores))

    def fail(self, status: int = 503, *, to: str = "") -> None:
        """Answer with an HTTP error, until another rule says otherwise; the stack asks again."""
        self._rules.append(_Rule(to, status=status))

    def delay(self, seconds: float, scores: Scores = DEFAULT_SCORE, *, to: str = "") -> None:
        """Take so long, then score."""
        self._rules.append(_Rule(to, scores=scores, delay_seconds=seconds))

    def forget(self) -> None:
        """Drop all rules."""
        self._rules.clear()

    def times_asked(self, mark: str = "") -> int:
        """How often it was asked about a submission that has ``mark`` in its files."""
        return sum(mark in each for each in self._asked)

    @contextmanager
    def holding(self, mark: str = "") -> Iterator[None]:
        """Within the block nobody who asks about ``mark`` is answered."""
        self._held = mark
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    @contextmanager
    def refusing(self, status: int) -> Iterator[None]:
        """Within the block everybody is answered with ``status``."""
        self.fail(status)
        rule = self._rules[-1]
        try:
            yield
        finally:
            self._rules.remove(rule)

    @contextmanager
    def gone(self) -> Iterator[None]:
        """Within the block nobody listens."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def start(self) -> None:
        """Listen, after a stop at the same address as before."""
        judge = self

        class Handler(BaseHTTPRequestHandler):
            # HTTP/1.0: no connection outlives its answer, so that a server that stopped is gone.
            def do_POST(self) -> None:
                asked = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                status, body = judge._answer(asked)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: the test says what went wrong."""

        server = ThreadingHTTPServer(self._address, Handler)
        server.daemon_threads = True
        self._server = server
        self._address = (self._address[0], int(server.server_address[1]))
        threading.Thread(target=server.serve_forever, args=(0.05,), name="joust-judge", daemon=True).start()

    def stop(self) -> None:
        """Listen no more; whoever is held is answered."""
        self._free.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _answer(self, asked: str) -> tuple[int, dict[str, Any]]:
        prompt = _words_of(json.loads(asked))
        self._asked.append(prompt)
        if self._held in prompt:
            self._free.wait(_LONGEST_HOLD_SECONDS)
        rule = self._rule_for(prompt)
        time.sleep(rule.delay_seconds)
        if rule.status is not None:
            return rule.status, {"error": {"message": "As scripted."}}
        if _ANSWER.search(prompt):
            return 200, comparison(prompt, lambda answer: _one_of(self._rule_for(answer).scores))
        return 200, completion(prompt, DEFAULT_SCORE if rule.scores is None else rule.scores)

    def _rule_for(self, text: str) -> _Rule:
        return next((each for each in reversed(self._rules) if each.mark in text), _Rule("", DEFAULT_SCORE))


def _one_of(scores: Scores | None) -> float:
    """What scores by criterion come to for the whole."""
    if isinstance(scores, Mapping):
        return sum(scores.values()) / len(scores) if scores else DEFAULT_SCORE
    return DEFAULT_SCORE if scores is None else scores


def criteria_of(prompt: str) -> list[str]:
    """Names of the criteria in the rubric of what the judge is asked."""
    rubrics = _RUBRIC.findall(prompt)
    return _CRITERION.findall(rubrics[-1]) if rubrics else []


def completion(prompt: str, scores: Scores) -> dict[str, Any]:
    """The chat completion that scores every criterion by name."""
    by_name = scores if isinstance(scores, Mapping) else {}
    every = DEFAULT_SCORE if isinstance(scores, Mapping) else scores
    criteria = [
        {"criterion_name": name, "score": by_name.get(name, every), "reasoning": "As scripted."}
        for name in criteria_of(prompt)
    ]
    return _called({"criteria": criteria, "summary": "As scripted."})


def comparison(prompt: str, score_of: Callable[[str], float]) -> dict[str, Any]:
    """The chat completion that scores every answer by its letter; ``score_of`` is given its text."""
    answers = [
        {"letter": letter, "score": score_of(text), "rationale": "As scripted."}
        for letter, _, text in _ANSWER.findall(prompt)
    ]
    return _called({"answers": answers})


def _called(answer: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": "final_result", "arguments": json.dumps(answer)}
    call = {"id": "call-1", "type": "function", "function": function}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    return {
        "id": "completion-1",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": "scripted",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def _words_of(request: Mapping[str, Any]) -> str:
    """What the newest user's message of a request says, with our own words left out."""
    contents = [each["content"] for each in request["messages"] if each["role"] == "user"]
    content = contents[0] if contents else ""
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content)
