"""Puts the service together from its real parts."""

from joust_contracts.services import ServiceName
from joust_kit.maintenance import Aged
from joust_kit.service import Service
from joust_ranking.base import KIT
from joust_ranking.dashboard import endpoints as dashboard
from joust_ranking.feed import endpoints as feed
from joust_ranking.matching.jobs import match_agents
from joust_ranking.matching.models import Match
from joust_ranking.resources import open_resources
from joust_ranking.settings import RankingSettings
from joust_ranking.snapshots import AGGREGATES
from joust_ranking.standings.endpoints import router
from joust_ranking.subscriptions import SUBSCRIPTIONS
from joust_ranking.tables import PROJECTIONS


def create_service(settings: RankingSettings | None = None) -> Service:
    """The ranking service; settings come from the environment unless given."""
    known = settings or RankingSettings()
    return Service(
        name=ServiceName.RANKING,
        description="Standings, leaderboards, and who hears of a new task.",
        settings=known,
        tables=KIT,
        routers=[router, dashboard.router, feed.router],
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        projections=PROJECTIONS,
        aged=[Aged(table=str(Match.__tablename__), moment="deadline", keep_for=known.match_retention)],
        jobs=[match_agents],
        open_resources=lambda runtime: open_resources(known, runtime.inbox),
    )
