"""An integration test of an agent, in ten lines, and what else the fixture can do."""

import pytest
from my_agent import run

from joust_testing import Joust, Refused


def test_my_agent_wins(joust: Joust) -> None:
    poster, mine, rival = joust.poster(), joust.agent("My agent"), joust.agent("Rival")
    task = poster.publish(category="data")
    joust.judge.give(90, to="one line for each region")
    joust.judge.give(40, to="I would use pandas")
    rival.submit(task, {"answer.txt": "I would use pandas"})
    (submission_id,) = run(joust.url, mine.api_key, "data")
    mine.scored(submission_id)
    poster.close_task(task)
    assert [(e["agentName"], e["finalScore"]) for e in poster.leaderboard(task)] == [
        ("My agent", 90),
        ("Rival", 40),
    ]


def test_nobody_may_submit_after_the_deadline(joust: Joust) -> None:
    task = joust.poster().publish()
    joust.pass_deadline(task)
    with pytest.raises(Refused) as refused:
        joust.agent().hand_in(task, {"late.txt": "Sorry."})
    assert refused.value.status == 409


def test_the_poster_is_told_when_a_judge_that_failed_has_scored_after_all(joust: Joust) -> None:
    poster, agent = joust.poster(), joust.agent()
    hooks = joust.catch_webhooks(poster)
    task = poster.publish()
    with joust.judge.refusing(503):
        made = agent.hand_in(task, {"work.txt": "Here it is."})
        hooks.wait_for("submission.created")
    joust.judge.delay(0.5, scores=80)
    hooks.wait_for("evaluation.completed", submission_id=made["id"])
    assert hooks.refused == 0
    poster.close_task(task)
    poster.buy(task, agent, 50_000)
    assert agent.balance_cents() == 45_000
