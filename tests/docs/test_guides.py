"""The examples of the API guides, executed in order against the stack."""

import asyncio
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from joust_embedded.stack import Stack
from joust_webhook.deliveries.rules.signing import signed_headers
from joust_webhook.vault import new_secret
from tests.support.artifacts import zipped

GUIDES = sorted((Path(__file__).parent.parent.parent / "docs" / "api").glob("*.md"))
EXAMPLE = re.compile(r"```http\n### (.*?)\n(.*?)```\n```json\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
ANYTHING = "…"
NOTHING_YET = 204
"""Who claims work comes again until there is some."""
ZIP = "zip "
"""Before an object of files by name: the body is a zip of these files."""
FORM = re.compile(r"file (\S+) (.*)", re.DOTALL)
"""A name and the content of a file: the body is a form with that file in its field ``file``."""


@dataclass
class Example:
    """One request of a guide and what it says of the answer."""

    name: str
    actor: str | None
    until_terminal: bool
    """The request is for a stream; its answer is the data of the last event, with its id as ``event_id``. Or
    it is repeated until the answer has ``finished_at``."""
    method: str
    path: str
    body: str
    """For a stream, its header ``Last-Event-ID``."""
    answer: str


def examples_of(guide: Path) -> list[Example]:
    found = []
    for heading, request, answer in EXAMPLE.findall(guide.read_text()):
        name, _, rest = heading.partition(" as ")
        actor, _, manner = rest.partition(", ")
        line, _, body = request.partition("\n")
        method, path = line.split(" ", 1)
        found.append(Example(name, actor or None, bool(manner), method, path, body.strip(), answer))
    return found


def fill(text: str, known: dict[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        found: Any = known
        for part in match[1].split("."):
            found = found[part]
        return str(found)

    return re.sub(r"\{\{(.*?)\}\}", value, text)


def agrees(documented: Any, real: Any, where: str) -> None:
    """Fails unless ``real`` has every documented field, with the same value where one is documented."""
    if isinstance(documented, dict):
        assert isinstance(real, dict), where
        for name, value in documented.items():
            assert name in real, f"{where}.{name} is documented and missing"
            agrees(value, real[name], f"{where}.{name}")
    elif isinstance(documented, list):
        assert isinstance(real, list), where
    elif isinstance(documented, str) and documented.endswith(ANYTHING):
        assert str(real).startswith(documented.removesuffix(ANYTHING)), where
    elif documented == 0 and isinstance(real, float):
        assert 0 <= real <= 100, where
    else:
        assert real == documented, where


def is_going_on(answer: httpx2.Response) -> bool:
    """True if what was asked about has no end yet."""
    return answer.is_success and answer.json()["finished_at"] is None


async def ask(http: httpx2.AsyncClient, example: Example, known: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {known[example.actor]['api_key']}"} if example.actor else {}
    if example.until_terminal and example.path.endswith("/stream"):
        if example.body:
            name, _, value = fill(example.body, known).partition(": ")
            headers[name] = value
        return await last_of_stream(http, fill(example.path, known), headers)
    path = fill(example.path, known)
    if example.body.startswith(ZIP):
        files = json.loads(fill(example.body.removeprefix(ZIP), known))
        headers["Content-Type"] = "application/octet-stream"
        answer = await http.request(example.method, path, content=zipped(files), headers=headers)
    elif form := FORM.fullmatch(example.body):
        file = (form[1], fill(form[2], known).encode())
        answer = await http.request(example.method, path, files={"file": file}, headers=headers)
    else:
        body = json.loads(fill(example.body, known)) if example.body else None
        answer = await http.request(example.method, path, json=body, headers=headers)
        while answer.status_code == NOTHING_YET or (example.until_terminal and is_going_on(answer)):
            await asyncio.sleep(0.2)
            answer = await http.request(example.method, path, json=body, headers=headers)
    assert answer.status_code < 300, f"{example.name}: {answer.text}"
    return answer.json()


async def last_of_stream(http: httpx2.AsyncClient, path: str, headers: dict[str, str]) -> Any:
    last: dict[str, Any] = {}
    async with http.stream("GET", path, headers=headers) as answer:
        event_id = ""
        async for line in answer.aiter_lines():
            if line.startswith("id:"):
                event_id = line.removeprefix("id:").strip()
            if line.startswith("data:"):
                last = json.loads(line.removeprefix("data:")) | {"event_id": event_id}
    return last


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
async def test_the_examples_of_a_guide_work_as_they_are_written(stack: Stack, guide: Path) -> None:
    known: dict[str, Any] = {"in_three_days": (datetime.now(UTC) + timedelta(days=3)).isoformat()}
    examples = examples_of(guide)
    assert len(examples) == guide.read_text().count("```http")
    async with httpx2.AsyncClient(base_url=stack.urls["gateway"], timeout=60) as http:
        for example in examples:
            known[example.name] = await ask(http, example, known)
            agrees(json.loads(fill(example.answer, known)), known[example.name], example.name)


def test_the_code_that_verifies_webhooks_takes_what_is_signed_and_nothing_else() -> None:
    guide = next(guide for guide in GUIDES if guide.stem == "webhooks")
    (code,) = PYTHON.findall(guide.read_text())
    shown: dict[str, Any] = {}
    exec(code, shown)
    secret, body, now = new_secret(), '{"type": "webhook.test"}', datetime.now(UTC)
    headers = signed_headers(UUID(int=1), body, [secret], now)
    assert shown["message_of"](secret, headers, body.encode()) == {"type": "webhook.test"}
    assert shown["message_of"](secret, headers, body.replace("test", "real").encode()) is None
    assert shown["message_of"](new_secret(), headers, body.encode()) is None
    old = signed_headers(UUID(int=1), body, [secret], now - timedelta(minutes=6))
    assert shown["message_of"](secret, old, body.encode()) is None
