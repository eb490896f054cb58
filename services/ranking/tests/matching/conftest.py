"""Tasks in categories that no other test knows, and agents that may want them."""

import pytest
from sqlalchemy import delete

from joust_kit.testing.component import ServiceUnderTest
from joust_ranking.matching.models import Agent, Competitor, Interest

from .market import Market


@pytest.fixture
async def market(ranking: ServiceUnderTest) -> Market:
    """What other tests left to be matched is forgotten, and so are their agents: some want everything."""
    async with ranking.database.transaction() as unit:
        await unit.session.execute(delete(ranking.database.tables.jobs))
        for model in (Agent, Interest, Competitor):
            await unit.session.execute(delete(model))
    return Market(ranking)
