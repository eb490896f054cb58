"""All tables of the service, for migrations and for ``rebuild``."""

from joust_ranking.base import KIT
from joust_ranking.dashboard.models import SeenSubmission
from joust_ranking.feed.models import CompletedDrop
from joust_ranking.matching.models import Agent, Competitor, Interest, Match, Matching
from joust_ranking.ranks.models import RankBucket
from joust_ranking.standings.models import Board, Result, Standing
from joust_ranking.tasks.models import Task

METADATA = KIT.metadata

PROJECTIONS = tuple(
    str(model.__tablename__)
    for model in (
        Task,
        Board,
        Result,
        Standing,
        RankBucket,
        SeenSubmission,
        Agent,
        Interest,
        Competitor,
        CompletedDrop,
    )
)
"""Everything that the topics tell: all but who was told of which task, which is decided here."""

__all__ = [
    "METADATA",
    "PROJECTIONS",
    "Agent",
    "Board",
    "Competitor",
    "CompletedDrop",
    "Interest",
    "Match",
    "Matching",
    "RankBucket",
    "Result",
    "SeenSubmission",
    "Standing",
    "Task",
]
