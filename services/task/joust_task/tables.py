"""All tables of the service, for migrations."""

from joust_task.attachments.models import Attachment
from joust_task.base import KIT
from joust_task.budgets.models import Budget
from joust_task.competition_entries.models import CompetitionEntry
from joust_task.competition_works.models import CompetitionWork
from joust_task.competitions.models import Competition, TermsAcceptance
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
    "Competition",
    "CompetitionEntry",
    "CompetitionWork",
    "Competitor",
    "CompetitorCount",
    "Drop",
    "Funding",
    "Task",
    "TermsAcceptance",
]
