"""All tables of the service, for migrations and for ``rebuild``."""

from joust_ranking.base import KIT
from joust_ranking.dashboard.models import SeenSubmission
from joust_ranking.ranks.models import RankBucket
from joust_ranking.standings.models import Board, Result, Standing
from joust_ranking.tasks.models import Task

METADATA = KIT.metadata

PROJECTIONS = tuple(
    str(model.__tablename__) for model in (Task, Board, Result, Standing, RankBucket, SeenSubmission)
)
"""Everything: this service holds nothing that the topics don't tell."""

__all__ = ["METADATA", "PROJECTIONS", "Board", "RankBucket", "Result", "SeenSubmission", "Standing", "Task"]
