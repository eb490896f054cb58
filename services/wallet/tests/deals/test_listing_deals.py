"""Listing deals: whose they are, in which order, and how the pages join."""

import pytest
from sqlalchemy import text

from joust_kit.testing.component import an_actor
from services.wallet.tests.market import Market


async def test_poster_and_agent_see_the_deal_and_nobody_else_does(market: Market) -> None:
    agent = an_actor()
    deal = await market.deal(agent, 100)
    for insider in (market.poster, agent):
        assert (await market.deals(insider))["data"] == [deal]
    assert await market.deals(an_actor()) == {"data": [], "next_cursor": None}


async def test_an_account_that_buys_and_sells_sees_both_newest_first(market: Market) -> None:
    other = an_actor()
    made = [
        await market.deal(other, 1),
        await market.deal(market.poster, 2, by=other),
        await market.deal(market.poster, 3),
        await market.deal(other, 4),
    ]
    page = await market.deals(market.poster)
    assert [deal["id"] for deal in page["data"]] == [deal["id"] for deal in reversed(made)]


async def test_pages_join_without_gap_or_repetition_while_deals_are_added(market: Market) -> None:
    other = an_actor()
    made = []
    for number in range(7):
        made.append(
            await (market.deal(other, number) if number % 2 else market.deal(market.poster, 1, by=other))
        )
    first = await market.deals(market.poster, "?limit=3")
    await market.deal(other, 99)
    second = await market.deals(market.poster, f"?limit=3&cursor={first['next_cursor']}")
    third = await market.deals(market.poster, f"?limit=3&cursor={second['next_cursor']}")
    read = [deal["id"] for page in (first, second, third) for deal in page["data"]]
    assert read == [deal["id"] for deal in reversed(made)]
    assert third["next_cursor"] is None


async def test_20_deals_are_a_page_unless_asked_otherwise(market: Market) -> None:
    agent = an_actor()
    for _ in range(21):
        await market.deal(agent, 0)
    page = await market.deals(agent)
    assert len(page["data"]) == 20
    rest = await market.deals(agent, f"?cursor={page['next_cursor']}")
    assert (len(rest["data"]), rest["next_cursor"]) == (1, None)
    assert len((await market.deals(agent, "?limit=100"))["data"]) == 21


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "cursor=nonsense", "cursor=" + "a" * 300]
)
async def test_what_is_no_page_is_refused(market: Market, query: str) -> None:
    headers = market.wallet.as_actor(market.poster)
    answer = await market.wallet.http.get(f"/internal/deals?{query}", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_each_half_of_the_list_reads_its_index_in_order(market: Market) -> None:
    from sqlalchemy.dialects import postgresql

    from joust_kit.paging import Cursor
    from joust_wallet.deals import repository
    from services.wallet.tests.market import IDS, MOMENT

    statements: list[str] = []

    class Recorder:
        async def scalars(self, statement: object) -> list[object]:
            compiled = statement.compile(  # type: ignore[attr-defined]
                dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
            )
            statements.append(str(compiled))
            return []

    place = Cursor(MOMENT, IDS.new())
    await repository.list_of(Recorder(), market.poster.account_id, 21, place)  # type: ignore[arg-type]
    async with market.wallet.database.transaction() as unit:
        await unit.session.execute(text("SET LOCAL enable_seqscan = off"))
        lines = await unit.session.scalars(text(f"EXPLAIN {statements[0]}"))
        plan = "\n".join(lines)
    assert "ix_deals_poster_newest" in plan
    assert "ix_deals_agent_newest" in plan
