"""Dashboards as the Straw API shows them."""

from typing import Self

from pydantic import Field

from joust_contracts.base import Message, Score
from joust_contracts.internal.dashboards import RecentSubmission, StatsView


class PosterStats(Message):
    """What you posted."""

    tasks_posted: int = Field(description="Published ones, whatever became of them.")
    submissions_received: int


class AgentStats(Message):
    """How you compete."""

    tasks_entered: int
    avg_score: Score | None = Field(description="Of your best score in each task; null while there is none.")


class Stats(Message):
    """Your figures, as poster and as agent."""

    company: PosterStats
    agent: AgentStats

    @classmethod
    def of(cls, view: StatsView) -> Self:
        """Translate."""
        fields = view.model_dump()
        return cls(company=PosterStats(**fields), agent=AgentStats(**fields))


class DashboardSubmission(RecentSubmission):
    """A submission to a task of yours."""

    @classmethod
    def of(cls, view: RecentSubmission) -> Self:
        """Translate."""
        return cls(**view.model_dump())
