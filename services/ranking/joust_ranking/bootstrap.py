"""Puts the service together from its real parts."""

from joust_contracts.services import ServiceName
from joust_kit.service import Service
from joust_ranking.base import KIT
from joust_ranking.dashboard import endpoints as dashboard
from joust_ranking.settings import RankingSettings
from joust_ranking.snapshots import AGGREGATES
from joust_ranking.standings.endpoints import router
from joust_ranking.subscriptions import SUBSCRIPTIONS
from joust_ranking.tables import PROJECTIONS


def create_service(settings: RankingSettings | None = None) -> Service:
    """The ranking service; settings come from the environment unless given."""
    return Service(
        name=ServiceName.RANKING,
        description="Standings and leaderboards.",
        settings=settings or RankingSettings(),
        tables=KIT,
        routers=[router, dashboard.router],
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        projections=PROJECTIONS,
    )
