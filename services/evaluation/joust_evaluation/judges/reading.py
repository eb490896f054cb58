"""Reads a language model's answer as a verdict: nothing is taken from it that does not check out. Pure."""

from joust_contracts.events.evaluations import Finding, Usage
from joust_evaluation.judges.answer import ModelVerdict, ScoredCriterion
from joust_evaluation.judges.artifact import SUBMISSION_MD
from joust_evaluation.judges.base import CriterionScore, JudgeRequest, Verdict
from joust_evaluation.judges.findings import FindingKind, bounded, finding
from joust_evaluation.judges.quotations import Passages
from joust_evaluation.settings import Price

_MAX_REASONING_LENGTH = 4000
_MAX_DISAGREEMENTS = 10
_MAX_ATTEMPTS = 5
_TOKENS = 1_000_000


def verdict_of(output: ModelVerdict, request: JudgeRequest, judge: str) -> Verdict:
    """The scores in the order of the rubric, each criterion's once, with the evidence that was found."""
    passages = Passages(request.files)
    waiting = list(output.criteria)
    scores: list[CriterionScore] = []
    findings = [*_disagreements(output, passages), *_attempts(output)]
    for criterion in request.criteria:
        # Two criteria may have the same name; then the first score is the first one's.
        scored = next(each for each in waiting if each.criterion_name == criterion.name)
        waiting.remove(scored)
        evidence, missing = passages.verified(criterion.name, _quoted(scored))
        scores.append(CriterionScore(scored.score, scored.reasoning[:_MAX_REASONING_LENGTH], evidence))
        findings += missing
    reasoning = f"{output.summary[:_MAX_REASONING_LENGTH]} {request.files.notes}".strip()
    return Verdict(tuple(scores), reasoning, judge, findings=bounded(findings))


def usage_of(requests: int, input_tokens: int, output_tokens: int, price: Price | None) -> Usage:
    """What was used, with its cost in US dollars if there is a price, and the provider told what was used."""
    cost = None
    if price is not None and input_tokens > 0:
        cost = round((input_tokens * price.input + output_tokens * price.output) / _TOKENS, 6)
    return Usage(requests=requests, input_tokens=input_tokens, output_tokens=output_tokens, cost_usd=cost)


def _quoted(scored: ScoredCriterion) -> list[tuple[str, str]]:
    return [(passage.file, passage.quote) for passage in scored.evidence]


def _disagreements(output: ModelVerdict, passages: Passages) -> list[Finding]:
    """Those whose claim SUBMISSION.md really makes; the others are told as quotations that were not found."""
    found = []
    for each in output.disagreements[:_MAX_DISAGREEMENTS]:
        if passages.holds(SUBMISSION_MD, each.claim):
            detail = f"SUBMISSION.md says: {each.claim[:250]} But: {each.reality}"
            found.append(finding(FindingKind.DISAGREEMENT, detail, SUBMISSION_MD))
        else:
            detail = f"The judge named a claim that SUBMISSION.md does not make: {each.claim}"
            found.append(finding(FindingKind.QUOTATION, detail, SUBMISSION_MD))
    return found


def _attempts(output: ModelVerdict) -> list[Finding]:
    return [finding(FindingKind.REPORTED, each) for each in output.attempts[:_MAX_ATTEMPTS] if each.strip()]
