"""All tables of the service, for migrations."""

from joust_task.base import KIT
from joust_task.tasks.models import Task

METADATA = KIT.metadata

__all__ = ["METADATA", "Task"]
