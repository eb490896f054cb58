"""What the task service owns, told as it is."""

from joust_contracts.events import FundingSnapshotEvent, TaskSnapshotEvent
from joust_kit.messaging.republish import aggregate
from joust_task.fundings.models import Funding
from joust_task.tasks.models import Task

AGGREGATES = (
    aggregate(Task, TaskSnapshotEvent, lambda task: TaskSnapshotEvent(task=task.snapshot())),
    aggregate(Funding, FundingSnapshotEvent, lambda each: FundingSnapshotEvent(funding=each.snapshot())),
)
