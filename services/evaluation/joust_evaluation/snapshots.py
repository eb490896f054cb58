"""What the evaluation service owns, told as it is."""

from joust_contracts.events import (
    DropRankingSnapshotEvent,
    EvaluationSnapshotEvent,
    PairwiseComparisonSnapshotEvent,
)
from joust_evaluation.drops.models import DropRanking
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.pairs.models import ComparedPair
from joust_kit.messaging.republish import aggregate

AGGREGATES = (
    aggregate(Evaluation, EvaluationSnapshotEvent, Evaluation.snapshot),
    aggregate(DropRanking, DropRankingSnapshotEvent, DropRanking.snapshot),
    aggregate(ComparedPair, PairwiseComparisonSnapshotEvent, ComparedPair.snapshot),
)
