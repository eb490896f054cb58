"""A task whose poster judges, with the judge."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select, text

from joust_contracts.events import (
    EvaluationCompleted,
    EvaluationExternalRequested,
    EvaluationFailed,
    EvaluationStarted,
)
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.external_judging import TOKEN_PURPOSE, callback_token
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.external.models import ExternalRequest
from joust_kit.identity import Actor
from joust_kit.testing.component import an_actor


@dataclass
class Judged:
    """One task of a poster, and everything that is done about it."""

    bench: Any
    task: TaskSnapshot
    poster: Actor
    stranger: Actor = field(default_factory=lambda: an_actor("stranger"))

    @property
    def token(self) -> str:
        """The task's callback token."""
        return callback_token(self.bench.resources.external.secrets.derive(TOKEN_PURPOSE, self.task.id))

    async def asked(self) -> Evaluation:
        """A submission for which the judge was asked."""
        evaluation: Evaluation = await self.bench.run(await self.bench.hand_in(self.task))
        return evaluation

    async def post(self, evaluation: Evaluation, **body: Any) -> httpx2.Response:
        """A score of 80 with the right token, unless ``body`` has it otherwise."""
        said = (
            {"callback_token": self.token} | ({} if "error_message" in body else {"final_score": 80}) | body
        )
        return await self.ask("POST", f"submissions/{evaluation.submission_id}/external-score", said)

    async def claim(self, actor: Actor | None = None) -> dict[str, Any] | None:
        """What the poster's judge gets when it comes for work."""
        answer = await self.ask("POST", f"tasks/{self.task.id}/claims", None, actor)
        assert answer.status_code == 200, answer.text
        claimed: dict[str, Any] | None = answer.json()["claimed"]
        return claimed

    async def ask(
        self, method: str, path: str, body: Any = None, actor: Actor | None = None, **more: str
    ) -> httpx2.Response:
        """A request of the gateway, for the poster unless another is named, with ``more`` headers."""
        headers = self.bench.tested.as_actor(actor or self.poster, **more)
        answer: httpx2.Response = await self.bench.tested.http.request(
            method, f"/internal/{path}", json=body, headers=headers
        )
        return answer

    async def told(self, evaluation: Evaluation) -> list[Any]:
        """Every event about the evaluation, oldest first."""
        kinds = EvaluationStarted | EvaluationExternalRequested | EvaluationCompleted | EvaluationFailed
        events = [event.data for event in await self.bench.tested.all_emitted()]
        return [each for each in events if isinstance(each, kinds) and each.evaluation_id == evaluation.id]

    async def request(self, evaluation: Evaluation) -> ExternalRequest:
        """What was asked for it."""
        async with self.bench.tested.database.reading() as session:
            asked = select(ExternalRequest).where(ExternalRequest.evaluation_id == evaluation.id)
            return (await session.scalars(asked)).one()

    async def end_lease(self, evaluation_id: str | UUID) -> None:
        """As if the lease's time were over."""
        await self.change("leased_until = now() - interval '1 second'", evaluation_id)

    async def change(self, what: str, evaluation_id: str | UUID) -> None:
        """Set columns of a request."""
        async with self.bench.tested.database.transaction() as unit:
            await unit.session.execute(
                text(f"UPDATE evaluation.external_requests SET {what} WHERE evaluation_id = :id"),
                {"id": str(evaluation_id)},
            )


@pytest.fixture
async def judged(bench: Any) -> Judged:
    """A task that no other test knows."""
    poster = an_actor("poster")
    task = await bench.known_task(
        eval_mode=EvalMode.EXTERNAL,
        eval_callback_url="https://judge.example/straw",
        owner_id=poster.account_id,
    )
    return Judged(bench, task, poster)
