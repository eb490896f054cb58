"""The calibration set, and how well the offline judge agrees with the order that was set by hand."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from joust_evaluation.app import cli
from joust_evaluation.calibration.commands import calibrate, read_samples
from joust_evaluation.calibration.rules import kendall, ranks, run_to_run, spearman
from joust_evaluation.judges.base import (
    CriterionScore,
    JudgeIdentity,
    JudgeRequest,
    JudgeUnavailable,
    Verdict,
)
from joust_evaluation.judges.offline import OfflineJudge

FOLDER = Path(__file__).parents[4] / "calibration"
GUIDE = Path(__file__).parents[4] / "docs" / "api" / "judging.md"


class InTurn:
    """Scores as told, in turn; hangs for ``None``."""

    identity = JudgeIdentity("in turn")

    def __init__(self, *scores: float | Exception | None) -> None:
        self.scores = list(scores)

    async def judge(self, request: JudgeRequest) -> Verdict:
        score = self.scores.pop(0)
        self.scores.append(score)
        if score is None:
            await asyncio.Event().wait()
        if isinstance(score, Exception):
            raise score
        assert score is not None
        return Verdict(tuple(CriterionScore(score, "so") for _ in request.criteria), "so", "in turn")


def test_the_set_has_ten_submissions_in_an_order_without_gaps() -> None:
    assert [sample.place for sample in read_samples(FOLDER)] == list(range(1, 11))


async def test_the_offline_judge_agrees_with_the_order_as_far_as_the_guide_says() -> None:
    done = await calibrate(OfflineJudge(), read_samples(FOLDER), runs=5, seconds=60)
    assert done.spearman is not None
    assert done.kendall is not None
    figures = f"| offline | 5 | {done.spearman:.4f} | {done.kendall:.4f} | {done.spread:.1f} points |"
    assert figures in GUIDE.read_text(), done.means
    assert (done.spread, done.cost_usd) == (0, 0)


async def test_a_judge_that_turns_the_order_round_is_found_out() -> None:
    done = await calibrate(InTurn(*range(100, 0, -10)), read_samples(FOLDER), runs=1, seconds=60)
    assert (done.spearman, done.kendall) == (-1, -1)


async def test_a_judge_that_wavers_has_a_spread() -> None:
    done = await calibrate(InTurn(*[40] * 10, *[60] * 10), read_samples(FOLDER), runs=2, seconds=60)
    assert (done.spread, done.spearman) == (10, None)


async def test_a_judge_that_fails_half_way_leaves_the_runs_that_were_whole() -> None:
    away = JudgeUnavailable("The judge's model did not answer in time.")
    done = await calibrate(InTurn(*range(10, 101, 10), 10, away), read_samples(FOLDER), runs=3, seconds=60)
    assert (len(done.runs), done.spearman) == (1, 1)
    assert done.failure is not None
    assert "Run 2, submission " in done.failure
    assert str(away) in done.failure


async def test_a_judge_that_hangs_is_waited_for_no_longer_than_a_judgement_may_take() -> None:
    done = await calibrate(InTurn(None), read_samples(FOLDER), runs=1, seconds=0.1)
    assert (done.runs, "longer than 0.1 seconds" in str(done.failure)) == ((), True)


def test_the_command_prints_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOUST_EVALUATION_JUDGE_MODEL", raising=False)
    done = CliRunner().invoke(cli, ["calibrate", str(FOLDER), "--runs", "1"])
    assert done.exit_code == 0, done.output
    assert "judge: offline, 1 runs" in done.output
    assert "Spearman's rho: 0.9" in done.output


def test_a_folder_without_a_task_is_refused_with_its_name() -> None:
    done = CliRunner().invoke(cli, ["calibrate", "/nowhere"])
    assert done.exit_code == 1


@pytest.mark.parametrize(
    ("task", "folders", "told"),
    [
        ("{}", (), "title"),
        ("[]", (), "object"),
        ("{", (), "JSON"),
        (None, (), "holds no submission"),
        (None, ("best",), "best does not begin with its place"),
    ],
)
def test_a_set_that_can_not_be_read_is_refused_in_words(
    tmp_path: Path, task: str | None, folders: tuple[str, ...], told: str
) -> None:
    (tmp_path / "task.json").write_text((FOLDER / "task.json").read_text() if task is None else task)
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / "notes.txt").write_text("no submission")
    for name in folders:
        (tmp_path / "submissions" / name).mkdir()
    done = CliRunner().invoke(cli, ["calibrate", str(tmp_path)])
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert told in done.output


@pytest.mark.parametrize(
    ("ones", "others", "rho", "tau"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 40], 1, 1),
        ([1, 2, 3, 4], [40, 30, 20, 10], -1, -1),
        ([1, 2, 3, 4, 5], [1, 3, 2, 5, 4], 0.8, 0.6),
        ([1, 2, 3], [1, 1, 2], 0.866, 0.8165),
        ([1, 2, 3], [5, 5, 5], None, None),
    ],
)
def test_correlations(ones: Any, others: Any, rho: float | None, tau: float | None) -> None:
    assert (spearman(ones, others), kendall(ones, others)) == (rho, tau)


def test_equal_values_share_a_rank_and_spread_is_in_points() -> None:
    assert ranks([5, 1, 5, 9]) == [2.5, 1, 2.5, 4]
    assert run_to_run([[10, 50], [20, 50]]) == 2.5
