"""A panel of votes: medians, spread, agreement, and what becomes of votes that do not come."""

import asyncio
from collections.abc import Callable

import pytest

from joust_contracts.events.evaluations import Finding, Quotation, Usage
from joust_evaluation.evaluations.rules import judgement_of
from joust_evaluation.judges.base import CriterionScore, JudgeRequest, JudgeUnavailable, Verdict, Vote
from joust_evaluation.judges.panel import PanelJudge
from joust_evaluation.judges.prompt import PROMPT_VERSION

Ask = Callable[..., JudgeRequest]
DOWN = JudgeUnavailable("The judge's model is down.")


class Member:
    """Votes as told; hangs for ``None``."""

    def __init__(
        self, said: tuple[float, float] | Exception | None, model: str = "m", cost: float | None = 0.5
    ):
        self.model = model
        self.said = said
        self.cost = cost
        self.prompts: list[str] = []

    async def answer(self, prompt: str, request: JudgeRequest) -> Verdict:
        self.prompts.append(prompt)
        if self.said is None:
            await asyncio.Event().wait()
        if isinstance(self.said, Exception):
            raise self.said
        assert self.said is not None
        usage = Usage(requests=1, input_tokens=100, output_tokens=10, cost_usd=self.cost)
        quote = (Quotation(file="main.py", text=f"{self.said[0]:g}"),)
        scores = tuple(CriterionScore(score, f"{self.model} says {score:g}.", quote) for score in self.said)
        return Verdict(
            scores,
            f"{self.model}'s summary.",
            self.model,
            findings=(Finding(kind="disagreement", detail="the same"),),
            usage=usage,
            votes=(Vote(self.model, 0.1, self.said, usage),),
        )


def panel(*members: Member, vote_seconds: float = 5) -> PanelJudge:
    return PanelJudge(members, vote_seconds=vote_seconds)


async def test_each_criterion_gets_the_median_with_the_words_of_the_vote_nearest_to_it(ask: Ask) -> None:
    judge = panel(Member((10, 90), "a"), Member((60, 40), "b"), Member((70, 50), "c"))
    verdict = await judge.judge(ask({"main.py": "1"}))
    first, second = verdict.scores
    assert (first.score, first.reasoning, first.spread) == (60, "b says 60.", 60)
    assert (second.score, second.reasoning, second.spread) == (50, "c says 50.", 50)
    assert first.evidence == (Quotation(file="main.py", text="60"),)


async def test_spread_agreement_models_and_cost_of_all_votes_are_told(ask: Ask) -> None:
    request = ask({"main.py": "1"})
    judge = panel(Member((80, 20), "a"), Member((80, 20), "b"), Member((90, 20), "c", cost=0.25))
    judgement = judgement_of(await judge.judge(request), request.criteria)
    assert judgement.panel is not None
    assert (judgement.panel.votes, judgement.panel.answered) == (3, 3)
    assert judgement.panel.models == ("a", "b", "c")
    assert judgement.panel.spread == 7  # 70 % of ten points
    assert judgement.panel.agreement == pytest.approx(0.98, abs=0.01)
    assert judgement.usage == Usage(requests=3, input_tokens=300, output_tokens=30, cost_usd=1.25)
    assert judgement.findings == (Finding(kind="disagreement", detail="the same"),)
    assert "Median of 3 votes" in judgement.reasoning


async def test_the_cost_is_unknown_if_that_of_one_vote_is(ask: Ask) -> None:
    verdict = await panel(Member((1, 1)), Member((1, 1), cost=None)).judge(ask({}))
    assert verdict.usage is not None
    assert verdict.usage.cost_usd is None


async def test_all_are_asked_by_the_same_prompt(ask: Ask) -> None:
    members = [Member((1, 1)), Member((2, 2)), Member((3, 3))]
    await panel(*members).judge(ask({"main.py": "print(1)"}))
    assert len({prompt for member in members for prompt in member.prompts}) == 1


@pytest.mark.parametrize("missing", [DOWN, None])
async def test_the_majority_decides_if_a_vote_does_not_come(ask: Ask, missing: Exception | None) -> None:
    judge = panel(Member((10, 10), "a"), Member(missing, "b"), Member((30, 30), "c"), vote_seconds=0.2)
    verdict = await judge.judge(ask({}))
    assert verdict.scores[0].score == 20
    assert verdict.panel is not None
    assert (verdict.panel.votes, verdict.panel.answered, verdict.panel.models) == (3, 2, ("a", "c"))
    assert [vote.failure is None for vote in verdict.votes] == [True, False, True]


async def test_without_a_majority_there_is_no_judgement_and_the_reason_is_told(ask: Ask) -> None:
    judge = panel(Member(DOWN), Member((10, 10)), Member(DOWN), Member((20, 20)))
    with pytest.raises(JudgeUnavailable, match=r"Only 2 of 4 votes were given\. The judge's model is down"):
        await judge.judge(ask({}))


async def test_a_mistake_of_ours_in_a_vote_is_not_taken_for_an_outage(ask: Ask) -> None:
    with pytest.raises(KeyError):
        await panel(Member((1, 1)), Member(KeyError("x")), Member((1, 1))).judge(ask({}))


def test_a_panel_is_known_by_its_models_and_its_prompt() -> None:
    identity = panel(Member((1, 1), "a"), Member((1, 1), "b")).identity
    assert (identity.judge, identity.model, identity.prompt_version) == ("panel of 2", "a, b", PROMPT_VERSION)
