"""All tables of the service, for migrations."""

from joust_task.attachments.models import Attachment
from joust_task.base import KIT
from joust_task.budgets.models import Budget
from joust_task.competitors.models import Competitor, CompetitorCount
from joust_task.drops.models import Claim, Drop
from joust_task.fundings.models import Funding
from joust_task.tasks.models import Task

METADATA = KIT.metadata

__all__ = [
    "METADATA",
    "Attachment",
    "Budget",
    "Claim",
    "Competitor",
    "CompetitorCount",
    "Drop",
    "Funding",
    "Task",
]
