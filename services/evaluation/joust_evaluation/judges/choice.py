"""Chooses the judge that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from joust_evaluation.judges.base import Judge
from joust_evaluation.judges.offline import OfflineJudge
from joust_evaluation.settings import OFFLINE, EvaluationSettings


@asynccontextmanager
async def choose_judge(settings: EvaluationSettings) -> AsyncIterator[Judge]:
    """The judge, open for the length of the block. Raises ``ValueError`` for a model that can't be used."""
    if settings.judge_model == OFFLINE:
        yield OfflineJudge()
        return
    # Importing the model libraries takes a second, which the offline judge need not spend.
    from joust_evaluation.judges.language_model import open_judge  # noqa: PLC0415

    async with open_judge(settings) as judge:
        yield judge
