"""Every list of submissions reads its page from an index, in its order."""

import pytest
from sqlalchemy import text

from services.submission.tests.conftest import Arena

MANY = """
    INSERT INTO submission.submissions (
        id, version, task_id, task_owner_id, account_id, agent_id, agent_display_name, status, evaluated,
        iteration, created_at, error_message, times_told_again, given_up
    )
    SELECT gen_random_uuid(), 1, md5('task' || n % 20)::uuid, md5('owner')::uuid, md5('account' || n % 30)::uuid,
        md5('account' || n % 30)::uuid, 'somebody', 'failed', false, 1, now(), 'no artifact', 0, false
    FROM generate_series(1, 20000) n
    """


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("task_id = md5('task1')::uuid AND agent_id = md5('account1')::uuid", "latest_of_agent"),
        ("account_id = md5('account1')::uuid", "account_newest"),
        ("account_id = md5('account1')::uuid AND task_id = md5('task1')::uuid", "account_task_newest"),
        ("task_id = md5('task1')::uuid", "task_newest"),
    ],
)
async def test_a_page_comes_from_its_index_without_sorting(arena: Arena, condition: str, index: str) -> None:
    query = (
        f"EXPLAIN SELECT * FROM submission.submissions WHERE {condition} "
        "ORDER BY created_at DESC, id DESC LIMIT 21"
    )
    async with arena.service.database.engine.connect() as connection:
        # Nothing is committed, so all rows are gone in the end.
        await connection.execute(text(MANY))
        await connection.execute(text("ANALYZE submission.submissions"))
        plan = "\n".join(await connection.scalars(text(query)))
    assert f"ix_submissions_{index} " in plan
    assert "Sort" not in plan
