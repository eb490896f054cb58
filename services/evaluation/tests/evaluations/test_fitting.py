"""Judgements that no event could carry are shortened, and never lost."""

from typing import Any

from joust_contracts.events.evaluations import Dimension, Judgement, Quotation
from joust_contracts.events.tasks import Criterion
from joust_evaluation.evaluations.fitting import MAX_JUDGEMENT_BYTES, fitted
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_evaluation.judges.base import CriterionScore, JudgeIdentity, JudgeRequest, Verdict

CRITERIA = 50
WORD = "\N{CJK UNIFIED IDEOGRAPH-8BC4}"


def a_judgement(reasoning: str, evidence: tuple[Quotation, ...] = ()) -> Judgement:
    """By as many criteria as a rubric may have."""
    dimensions = tuple(
        Dimension(
            criterion_name=f"criterion {number}",
            score=number,
            weight=2,
            reasoning=reasoning,
            evidence=evidence,
        )
        for number in range(CRITERIA)
    )
    return Judgement(final_score=50, dimensions=dimensions, reasoning="All in all.", judge="scripted")


def test_what_fits_stays_as_it_is() -> None:
    judgement = a_judgement("because " * 100, (Quotation(file="main.py", text="print"),))
    assert fitted(judgement) is judgement


def test_quotations_go_before_reasons() -> None:
    shorter = fitted(a_judgement(WORD * 2000, (Quotation(file="main.py", text=WORD * 400),) * 5))
    assert {each.evidence for each in shorter.dimensions} == {()}
    assert {len(each.reasoning) for each in shorter.dimensions} == {2000}
    assert shorter.reasoning == "All in all. The quotations were left out for want of room."


def test_the_longest_reasons_fit_and_no_score_is_touched() -> None:
    judgement = a_judgement("\1" * 4000)
    shorter = fitted(judgement)
    assert len(shorter.model_dump_json().encode()) <= MAX_JUDGEMENT_BYTES
    assert [each.score for each in shorter.dimensions] == [each.score for each in judgement.dimensions]
    assert shorter.final_score == judgement.final_score


class Verbose:
    """Says as much as a judge may, in a script of three bytes for a letter."""

    identity = JudgeIdentity("verbose")

    async def judge(self, request: JudgeRequest) -> Verdict:
        """A long reason for each criterion."""
        evidence = (Quotation(file="main.py", text=WORD * 400),) * 5
        scores = tuple(CriterionScore(70, WORD * 4000, evidence) for _ in request.criteria)
        return Verdict(scores, WORD * 4000, self.identity.judge)


async def test_a_verbose_judge_s_score_is_told(bench: Any) -> None:
    criteria = tuple(
        Criterion(name=f"criterion {number}", weight=2, position=number) for number in range(CRITERIA)
    )
    evaluation = await bench.hand_in(await bench.known_task(criteria=criteria))
    done = await bench.run(evaluation, judge=Verbose())
    assert (done.status, done.judgement["final_score"]) == (EvaluationStatus.COMPLETED, 70)
