"""A panel: several votes by one model or by several, put together by the median of each criterion."""

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

from joust_contracts.base import round_score
from joust_contracts.events.evaluations import Panel, Usage
from joust_evaluation.judges.agreement import is_majority, krippendorff_alpha, middle, nearest, spread
from joust_evaluation.judges.base import (
    CriterionScore,
    JudgeIdentity,
    JudgeRequest,
    JudgeUnavailable,
    Verdict,
    Vote,
)
from joust_evaluation.judges.comparing import Comparer, Comparison, ComparisonRequest, Opinion
from joust_evaluation.judges.findings import bounded
from joust_evaluation.judges.prompt import PROMPT_VERSION, prompt_of
from joust_evaluation.judges.scoring import weighted_mean


class Member(Protocol):
    """Who votes."""

    @property
    def model(self) -> str:
        """The model that it asks."""
        ...

    async def answer(self, prompt: str, request: JudgeRequest) -> Verdict:
        """One vote. Raises ``JudgeUnavailable``."""
        ...


class PanelJudge:
    """Asks all members at once, by the same prompt. More than half must answer in time."""

    def __init__(self, members: Sequence[Member], *, vote_seconds: float) -> None:
        models = [member.model for member in members]
        self._members = tuple(members)
        self._vote_seconds = vote_seconds
        self.identity = JudgeIdentity(f"panel of {len(models)}", ", ".join(models), PROMPT_VERSION)

    async def judge(self, request: JudgeRequest) -> Verdict:
        """The votes as one. Raises ``JudgeUnavailable`` with the first reason if too few came."""
        prompt = prompt_of(request)
        asked = await asyncio.gather(*(self._ask(member, prompt, request) for member in self._members))
        verdicts = [verdict for verdict, _ in asked if verdict is not None]
        votes = tuple(vote for _, vote in asked)
        if not is_majority(len(verdicts), len(votes)):
            reason = next(vote.failure for vote in votes if vote.failure is not None)
            raise JudgeUnavailable(f"Only {len(verdicts)} of {len(votes)} votes were given. {reason}")
        return _together(self.identity.judge, request, verdicts, votes)

    async def compare(self, request: ComparisonRequest) -> Comparison:
        """The comparisons of all members as one, by the median of each entry.

        Raises ``JudgeUnavailable`` with the first reason if too few came.
        """
        members = [member for member in self._members if isinstance(member, Comparer)]
        asked = await asyncio.gather(*(self._compare(member, request) for member in members))
        given = [each for each in asked if isinstance(each, Comparison)]
        if not is_majority(len(given), len(self._members)):
            reason = next((str(each) for each in asked if isinstance(each, JudgeUnavailable)), "")
            raise JudgeUnavailable(f"Only {len(given)} of {len(self._members)} votes were given. {reason}")
        columns = zip(*(each.opinions for each in given), strict=True)
        return Comparison(
            opinions=tuple(map(_median_opinion, columns)),
            judge=self.identity.judge,
            prompts=tuple(prompt for each in given for prompt in each.prompts),
            by_order=tuple(
                tuple(middle(scores) for scores in zip(*of_order, strict=True))
                for of_order in zip(*(each.by_order for each in given), strict=True)
            ),
        )

    async def _compare(self, member: Comparer, request: ComparisonRequest) -> Comparison | JudgeUnavailable:
        try:
            async with asyncio.timeout(self._vote_seconds):
                return await member.compare(request)
        except JudgeUnavailable as error:
            return error
        except TimeoutError:
            return JudgeUnavailable(f"The judge's model took longer than {self._vote_seconds:g} seconds.")

    async def _ask(self, member: Member, prompt: str, request: JudgeRequest) -> tuple[Verdict | None, Vote]:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._vote_seconds):
                verdict = await member.answer(prompt, request)
        except JudgeUnavailable as error:
            return None, Vote(member.model, _since(began), failure=str(error))
        except TimeoutError:
            reason = f"The judge's model took longer than {self._vote_seconds:g} seconds."
            return None, Vote(member.model, _since(began), failure=reason)
        return verdict, verdict.votes[0]


def _together(
    judge: str, request: JudgeRequest, verdicts: Sequence[Verdict], votes: tuple[Vote, ...]
) -> Verdict:
    columns = list(zip(*(verdict.scores for verdict in verdicts), strict=True))
    weights = [criterion.weight for criterion in request.criteria]
    finals = [weighted_mean([each.score for each in verdict.scores], weights) for verdict in verdicts]
    speaker = verdicts[nearest(finals, middle(finals))]
    panel = Panel(
        votes=len(votes),
        answered=len(verdicts),
        models=tuple(vote.model for vote in votes if vote.failure is None),
        spread=spread(finals),
        agreement=krippendorff_alpha([[each.score for each in column] for column in columns]),
    )
    return Verdict(
        scores=tuple(map(_median_of, columns)),
        reasoning=f"{_said(panel)} {speaker.reasoning}",
        judge=judge,
        findings=bounded(found for verdict in verdicts for found in verdict.findings),
        usage=total_usage([verdict.usage for verdict in verdicts]),
        panel=panel,
        prompt=speaker.prompt,
        votes=votes,
    )


def _median_opinion(column: Sequence[Opinion]) -> Opinion:
    """The median, with the words of the vote that is nearest to it."""
    values = [each.score for each in column]
    median = middle(values)
    return Opinion(round_score(median), column[nearest(values, median)].rationale)


def _median_of(column: Sequence[CriterionScore]) -> CriterionScore:
    """The median, with the words of the vote that is nearest to it."""
    values = [each.score for each in column]
    median = middle(values)
    speaker = column[nearest(values, median)]
    return CriterionScore(
        round_score(median), speaker.reasoning, speaker.evidence, round_score(spread(values))
    )


def _said(panel: Panel) -> str:
    apart = f"which lie {panel.spread:g} points apart at most"
    return f"Median of {panel.answered} votes (of {panel.votes} asked), {apart}."


def total_usage(usages: Sequence[Usage | None]) -> Usage | None:
    """All together; the cost is unknown if one is."""
    known = [usage for usage in usages if usage is not None]
    if not known:
        return None
    costs = [usage.cost_usd for usage in known]
    return Usage(
        requests=sum(usage.requests for usage in known),
        input_tokens=sum(usage.input_tokens for usage in known),
        output_tokens=sum(usage.output_tokens for usage in known),
        cost_usd=None if None in costs else round(sum(cost or 0 for cost in costs), 6),
    )


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
