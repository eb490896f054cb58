"""The quota counts for each account and task, and holds however many submit at once."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from joust_contracts.vocabulary import TaskStatus
from joust_kit.ids import RandomIds
from joust_kit.testing.component import an_actor
from joust_submission.submissions import repository
from joust_submission.submissions.models import Quota
from services.submission.tests.conftest import Arena, Uploads


async def test_of_thirty_submissions_at_once_exactly_the_fifteen_that_are_left_are_taken(
    arena: Arena, uploads: Uploads
) -> None:
    agent, task = an_actor(), await arena.open_task(max_submissions_per_agent=15)
    answers = await asyncio.gather(*(arena.submit(agent, task.id) for _ in range(30)))
    codes = [each.status_code for each in answers]
    assert (codes.count(201), codes.count(409)) == (15, 15)
    assert {each.json()["error"]["code"] for each in answers if each.status_code == 409} == {
        "QUOTA_EXHAUSTED"
    }
    taken = [each.json() for each in answers if each.status_code == 201]
    assert sorted(each["quota"]["used"] for each in taken) == list(range(1, 16))
    assert len(await arena.received(task)) == 15
    kept = {each["submission"]["artifact"]["key"] for each in taken}
    assert set(uploads.written) - set(uploads.removed) == kept


async def test_the_one_statement_alone_never_gives_more_than_the_limit(arena: Arena) -> None:
    task_id, account_id = RandomIds().new(), RandomIds().new()

    async def use_one() -> int | None:
        async with arena.service.database.transaction() as unit:
            return await repository.use_quota(unit.session, task_id=task_id, account_id=account_id, limit=3)

    used = await asyncio.gather(*(use_one() for _ in range(12)))
    assert sorted(each for each in used if each is not None) == [1, 2, 3]


async def test_an_account_has_one_quota_for_all_its_agents(arena: Arena) -> None:
    first, task = an_actor(), await arena.open_task(max_submissions_per_agent=1)
    second = replace(first, agent_id=RandomIds().new())
    await arena.submitted(first, task)
    assert (await arena.submit(second, task.id)).status_code == 409


async def test_accounts_and_tasks_have_quotas_of_their_own(arena: Arena) -> None:
    agent, other = an_actor(), an_actor()
    for each in [await arena.open_task(max_submissions_per_agent=1) for _ in range(2)]:
        await arena.submitted(agent, each)
        await arena.submitted(other, each)


async def test_a_refused_submission_uses_up_nothing(arena: Arena) -> None:
    agent, task = an_actor(), await arena.open_task(max_submissions_per_agent=2)
    assert (await arena.submit(agent, task.id, {"../x": ""})).status_code == 422
    quota = await arena.get(agent, f"/internal/tasks/{task.id}/quota")
    assert quota.json() == {"used": 0, "limit": 2, "remaining": 2}


async def test_the_quota_of_a_task_that_one_may_not_see_can_not_be_found(arena: Arena) -> None:
    owner = an_actor()
    task = await arena.open_task(owner, status=TaskStatus.DRAFT)
    path = f"/internal/tasks/{task.id}/quota"
    assert (await arena.get(an_actor(), path)).status_code == 404
    assert (await arena.get(owner, path)).json() == {"used": 0, "limit": 15, "remaining": 15}
    assert (await arena.get(owner, f"/internal/tasks/{RandomIds().new()}/quota")).status_code == 404


@pytest.mark.parametrize("used", [-1, 26])
async def test_the_database_refuses_a_quota_out_of_bounds(arena: Arena, used: int) -> None:
    with pytest.raises(IntegrityError):
        async with arena.service.database.transaction() as unit:
            unit.session.add(Quota(task_id=RandomIds().new(), account_id=RandomIds().new(), used=used))
