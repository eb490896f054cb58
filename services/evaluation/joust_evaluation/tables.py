"""All tables of the service, for migrations."""

from joust_evaluation.base import KIT
from joust_evaluation.drops.models import DropRanking
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.external.models import ExternalRequest
from joust_evaluation.iterations.models import JudgingRecord
from joust_evaluation.pairs.models import ComparedPair
from joust_evaluation.queue.models import NextTurn
from joust_evaluation.readiness.models import Readiness
from joust_evaluation.tasks.models import KnownTask

METADATA = KIT.metadata

__all__ = [
    "METADATA",
    "ComparedPair",
    "DropRanking",
    "Evaluation",
    "ExternalRequest",
    "JudgingRecord",
    "KnownTask",
    "NextTurn",
    "Readiness",
]
