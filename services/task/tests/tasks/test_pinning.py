"""A task that an image judges is published with the image's content, and with no other."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from joust_contracts.events import TaskPublished
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EvalMode
from joust_kit.identity import Actor
from joust_kit.testing.component import ServiceUnderTest, an_actor
from services.task.tests.posting import ask, create

IMAGE = "ghcr.io/acme/judge:1"
PIN = f"ghcr.io/acme/judge@sha256:{'0a' * 32}"
LOOKED_UP = {"eval_image": IMAGE, "eval_network": "false", "eval_image_digest": PIN}


@pytest.fixture(scope="session")
async def with_engine(open_service: Callable[..., Awaitable[ServiceUnderTest]]) -> ServiceUnderTest:
    """The service of a deployment that can run images."""
    return await open_service(ServiceName.TASK, eval_modes=frozenset(EvalMode))


async def a_draft(service: ServiceUnderTest, owner: Actor, **changes: Any) -> str:
    fields = {"eval_mode": "container", "eval_image": IMAGE, **changes}
    return str((await create(service, owner, **fields))["id"])


async def publish(service: ServiceUnderTest, owner: Actor, task_id: str, **options: Any) -> httpx2.Response:
    return await ask(service, owner, "POST", f"/{task_id}/publish", **options)


@pytest.mark.parametrize("mode", ["container", "hybrid"])
async def test_the_content_that_was_looked_up_is_told_and_stays(
    with_engine: ServiceUnderTest, mode: str
) -> None:
    owner = an_actor()
    task_id = await a_draft(with_engine, owner, eval_mode=mode)
    published = await publish(with_engine, owner, task_id, params=LOOKED_UP)
    assert (published.status_code, published.json()["eval_image_digest"]) == (200, PIN)
    (told,) = [event for event in await with_engine.emitted(TaskPublished) if str(event.task.id) == task_id]
    assert told.task.eval_image_digest == PIN


@pytest.mark.parametrize(
    "looked_up",
    [
        {},
        {"eval_image": IMAGE},
        {**LOOKED_UP, "eval_image": "ghcr.io/acme/judge:2"},
        {**LOOKED_UP, "eval_network": "true"},
        {"eval_image_digest": PIN},
    ],
    ids=["nothing", "no content", "another image", "with a network", "no image"],
)
async def test_what_was_not_looked_up_is_asked_for(
    with_engine: ServiceUnderTest, looked_up: dict[str, str]
) -> None:
    owner = an_actor()
    task_id = await a_draft(with_engine, owner)
    refused = (await publish(with_engine, owner, task_id, params=looked_up)).json()["error"]
    assert refused["code"] == "EVAL_IMAGE_NOT_PINNED"
    assert refused["details"] == {"eval_image": IMAGE, "eval_network": False}
    assert (await ask(with_engine, owner, "GET", f"/{task_id}")).json()["status"] == "draft"


async def test_a_repeated_request_gets_its_first_answer_whatever_was_looked_up_meanwhile(
    with_engine: ServiceUnderTest,
) -> None:
    owner = an_actor()
    task_id = await a_draft(with_engine, owner)
    key = {"headers": {"Idempotency-Key": "publish-once"}}
    first = await publish(with_engine, owner, task_id, params=LOOKED_UP, **key)
    again = await publish(with_engine, owner, task_id, **key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()


async def test_a_task_that_no_image_judges_keeps_no_content(with_engine: ServiceUnderTest) -> None:
    owner = an_actor()
    task_id = await a_draft(with_engine, owner, eval_mode="llm")
    published = await publish(with_engine, owner, task_id, params=LOOKED_UP)
    assert (published.status_code, published.json()["eval_image_digest"]) == (200, None)
