"""The internal API of containers: who may read a log, and what is refused without an engine."""

from dataclasses import replace
from typing import Any

import pytest

from joust_evaluation.containers import logs
from joust_evaluation.containers.running import Finished
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import an_actor

FINISHED = Finished(score=None, problem="It failed.", exit_code=2, seconds=1.5, stdout=b"o\xff\0", stderr=b"")


def actor_of(account_id: Any) -> Actor:
    return Actor(account_id, RandomIds().new(), "somebody")


class TestLog:
    """What a container wrote."""

    async def read(self, bench: Any, actor: Actor, submission_id: Any, **params: Any) -> Any:
        path = f"/internal/submissions/{submission_id}/container-log"
        return await bench.tested.http.get(path, headers=bench.tested.as_actor(actor), params=params)

    async def test_the_tasks_owner_reads_it_and_nobody_else(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        await logs.keep(bench.resources.storage, evaluation.id, "sha256:0a", FINISHED)
        owner = actor_of(evaluation.task_owner_id)
        answer = (await self.read(bench, owner, evaluation.submission_id)).json()
        assert (answer["problem"], answer["exit_code"], answer["stdout"]) == (
            "It failed.",
            2,
            "o\ufffd\ufffd",
        )
        assert (await self.read(bench, owner, evaluation.submission_id, iteration=1)).status_code == 200
        for other in (actor_of(evaluation.account_id), an_actor()):
            assert (await self.read(bench, other, evaluation.submission_id)).status_code == 404

    async def test_there_is_none_of_another_iteration_or_before_a_container_ran(self, bench: Any) -> None:
        evaluation = await bench.hand_in(await bench.known_task())
        owner = actor_of(evaluation.task_owner_id)
        for params in ({}, {"iteration": 2}):
            assert (await self.read(bench, owner, evaluation.submission_id, **params)).status_code == 404
        assert (await self.read(bench, owner, RandomIds().new())).status_code == 404
        assert (await self.read(bench, owner, evaluation.submission_id, iteration=0)).status_code == 422


class TestPin:
    """Images by name become images by content."""

    async def pin(self, tested: Any, **wanted: Any) -> Any:
        headers = tested.as_actor(an_actor())
        return await tested.http.post("/internal/eval-images/pin", headers=headers, json=wanted)

    async def test_without_an_engine_it_is_refused_by_the_mode(self, bench: Any) -> None:
        refused = await self.pin(bench.tested, image="ghcr.io/acme/judge:1")
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "EVAL_MODE_UNAVAILABLE")

    @pytest.mark.parametrize("image", ["", "../x", "a b", "http://x/y", "x" * 501])
    async def test_what_is_no_name_is_refused(self, bench: Any, image: str) -> None:
        assert (await self.pin(bench.tested, image=image)).status_code == 422

    async def test_an_image_of_the_engine_is_pinned(self, judged: Any) -> None:
        answer = await self.pin(judged.bench.tested, image=judged.image)
        assert answer.json() == {"image": judged.image, "pin": judged.pin}

    async def test_a_network_that_the_deployment_has_not_is_refused(self, judged: Any) -> None:
        refused = await self.pin(judged.bench.tested, image=judged.image, with_network=True)
        assert (refused.status_code, "eval_network" in refused.json()["error"]["details"]) == (422, True)

    async def test_an_engine_that_is_away_is_no_refusal_of_the_image(
        self, judged: Any, away: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tested = judged.bench.tested
        monkeypatch.setattr(tested.app.state, "resources", replace(judged.bench.resources, containers=away))
        refused = await self.pin(tested, image=judged.image)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
