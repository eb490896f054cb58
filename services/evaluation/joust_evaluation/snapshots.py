"""What the evaluation service owns, told as it is."""

from joust_contracts.events import EvaluationSnapshotEvent
from joust_evaluation.evaluations.models import Evaluation
from joust_kit.messaging.republish import aggregate

AGGREGATES = (aggregate(Evaluation, EvaluationSnapshotEvent, Evaluation.snapshot),)
