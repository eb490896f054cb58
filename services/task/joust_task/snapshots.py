"""What the task service owns, told as it is."""

from joust_contracts.events import TaskSnapshotEvent
from joust_kit.messaging.republish import aggregate
from joust_task.tasks.models import Task

AGGREGATES = (aggregate(Task, TaskSnapshotEvent, lambda task: TaskSnapshotEvent(task=task.snapshot())),)
