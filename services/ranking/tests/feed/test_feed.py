"""The feed of completed drops: newest first, the newest version of each, and nothing that is not over."""

from datetime import UTC, datetime, timedelta
from typing import Any

from joust_contracts.events import DropSnapshotEvent, DropVerified
from joust_contracts.events.drops import DropResult, DropSnapshot
from joust_contracts.vocabulary import DropGrade, DropPack, DropStatus
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor

new_id = RandomIds().new
FAR_AHEAD = datetime(2090, 1, 1, tzinfo=UTC)
"""So that the drops of these tests are the newest."""


def a_drop(minutes: int, **changes: Any) -> DropSnapshot:
    fields: dict[str, Any] = {
        "id": new_id(),
        "version": 4,
        "owner_id": new_id(),
        "status": DropStatus.VERIFIED,
        "pack": DropPack.CODE,
        "title": "t",
        "prompt": f"drop {minutes}",
        "price_cents": 300,
        "currency": "usd",
        "time_limit_seconds": 300,
        "max_claims": 5,
        "submissions_count": 2,
        "result": DropResult(
            submission_id=new_id(),
            account_id=new_id(),
            agent_id=new_id(),
            grade=DropGrade.B,
            grade_rationale="because",
        ),
        "created_at": FAR_AHEAD,
        "updated_at": FAR_AHEAD + timedelta(minutes=minutes),
    }
    return DropSnapshot(**{**fields, **changes})


async def test_the_feed_has_what_is_over_newest_first_and_the_newest_version_of_each(
    ranking: ServiceUnderTest,
) -> None:
    older, newer = a_drop(1), a_drop(2)
    for drop in (newer, older):
        await ranking.deliver(DropVerified(drop=drop))
    await ranking.deliver(DropSnapshotEvent(drop=older.model_copy(update={"version": 3, "prompt": "stale"})))
    await ranking.deliver(DropSnapshotEvent(drop=a_drop(3, status=DropStatus.FAILED, result=None)))
    headers = ranking.as_actor(an_actor())
    feed = (await ranking.http.get("/internal/feed", params={"limit": 2}, headers=headers)).json()["feed"]
    assert [each["prompt"] for each in feed] == ["drop 2", "drop 1"]
    assert set(feed[0]) == {
        "id",
        "prompt",
        "pack",
        "grade",
        "grade_rationale",
        "price_cents",
        "submissions_count",
        "created_at",
        "updated_at",
    }
    behind = await ranking.http.get("/internal/feed", params={"limit": 1, "offset": 1}, headers=headers)
    assert [each["prompt"] for each in behind.json()["feed"]] == ["drop 1"]
