"""Lists of submissions: whose, in which order, page by page; and what anybody may know of one."""

from typing import Any

from joust_contracts.vocabulary import TaskStatus
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import an_actor
from services.submission.tests.conftest import Arena

PUBLIC = {"submission", "eval_mode", "scores"}


async def page(arena: Arena, actor: Actor, path: str, **params: Any) -> dict[str, Any]:
    headers = arena.service.as_actor(actor)
    answer = await arena.service.http.get(path, params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def all_pages(arena: Arena, actor: Actor, path: str, **params: Any) -> list[str]:
    """Ids of all pages of two, during which newer ones come."""
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        read = await page(arena, actor, path, limit=2, **cursor, **params)
        ids += [each["id"] for each in read["data"]]
        if read["next_cursor"] is None:
            return ids
        cursor = {"cursor": read["next_cursor"]}


async def test_an_account_sees_its_own_newest_first_on_pages_that_insertions_do_not_shift(
    arena: Arena,
) -> None:
    agent, first, second = an_actor(), await arena.open_task(), await arena.open_task()
    made = [str((await arena.submitted(agent, task)).id) for task in (first, second, first, second, first)]
    await arena.submitted(an_actor(), first)
    assert await all_pages(arena, agent, "/internal/submissions") == made[::-1]
    of_second = await all_pages(arena, agent, "/internal/submissions", task_id=str(second.id))
    assert of_second == [made[3], made[1]]
    whole = await page(arena, agent, "/internal/submissions", limit=2)
    await arena.submitted(agent, first)
    rest = await page(arena, agent, "/internal/submissions", limit=3, cursor=whole["next_cursor"])
    assert [each["id"] for each in rest["data"]] == made[2::-1]


async def test_the_owner_sees_all_submissions_to_a_task_with_their_scores(arena: Arena) -> None:
    owner, agents = an_actor("owner"), [an_actor(name) for name in ("ada", "bob", "eve")]
    task = await arena.open_task(owner)
    made = [await arena.submitted(agent, task) for agent in agents]
    await arena.service.deliver(arena.completed(made[0], score=62.5))
    await arena.service.deliver(arena.failed(made[1]))
    read = (await page(arena, owner, f"/internal/tasks/{task.id}/submissions"))["data"]
    assert [(each["agent_display_name"], each["status"], each["final_score"]) for each in read] == [
        ("eve", "running", None),
        ("bob", "evaluation_failed", None),
        ("ada", "completed", 62.5),
    ]
    assert len(await all_pages(arena, owner, f"/internal/tasks/{task.id}/submissions")) == 3


async def test_a_score_is_not_listed_while_another_evaluation_is_on_its_way(arena: Arena) -> None:
    agent = an_actor()
    submission = await arena.submitted(agent, await arena.open_task())
    await arena.service.deliver(arena.completed(submission))
    await arena.request_re_eval(agent, submission.id)
    [listed] = (await page(arena, agent, "/internal/submissions"))["data"]
    assert (listed["evaluated"], listed["final_score"], listed["scored_at"]) == (False, None, None)
    assert listed["iteration"] == 2


async def test_rivals_and_strangers_can_not_list_the_submissions_to_a_task(arena: Arena) -> None:
    owner, agent = an_actor(), an_actor()
    task, draft = await arena.open_task(owner), await arena.open_task(owner, status=TaskStatus.DRAFT)
    await arena.submitted(agent, task)
    for id, status in ((task.id, 403), (draft.id, 404), (RandomIds().new(), 404)):
        assert (await arena.get(agent, f"/internal/tasks/{id}/submissions")).status_code == status


async def test_what_is_no_page_is_refused(arena: Arena) -> None:
    for query in ("limit=0", "limit=101", "cursor=nonsense", "task_id=x"):
        answer = await arena.get(an_actor(), f"/internal/submissions?{query}")
        assert answer.status_code in {400, 422}, query


async def test_anybody_who_knows_the_id_is_told_state_and_scores_and_nothing_else(arena: Arena) -> None:
    submission = await arena.submitted(an_actor(), await arena.open_task())
    path = f"/internal/submissions/{submission.id}/status"
    waiting = (await arena.get(an_actor("anybody"), path)).json()
    assert (set(waiting), waiting["scores"]) == (PUBLIC, None)
    await arena.service.deliver(arena.completed(submission, score=55))
    read = (await arena.get(an_actor("anybody"), path)).json()
    assert (set(read), read["scores"]["final_score"]) == (PUBLIC, 55)
    absent = await arena.get(an_actor(), f"/internal/submissions/{RandomIds().new()}/status")
    assert absent.status_code == 404
