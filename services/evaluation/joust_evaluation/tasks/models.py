"""The table of known tasks."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from joust_contracts.events.tasks import Criterion
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.base import Base
from joust_kit.database.columns import document, long_text, one_of, word


class KnownTask(Base, table=True):
    """A task as the newest event showed it, as far as a judge needs it."""

    __tablename__ = "tasks"
    __table_args__ = (CheckConstraint(one_of("eval_mode", EvalMode), name="eval_mode"),)

    id: UUID = Field(primary_key=True)
    version: int
    title: str = long_text()
    description: str = long_text()
    input_spec: str = long_text()
    output_spec: str = long_text()
    eval_mode: EvalMode = word(EvalMode)
    criteria: list[dict[str, Any]] = document()

    def rubric(self) -> tuple[Criterion, ...]:
        """The criteria in their order."""
        criteria = map(Criterion.model_validate, self.criteria)
        return tuple(sorted(criteria, key=lambda criterion: criterion.position))
