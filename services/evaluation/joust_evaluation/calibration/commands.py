"""Has a judge score the calibration set, some times over."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from pydantic import BaseModel, Field

from joust_contracts.events.tasks import Criterion
from joust_evaluation.calibration.rules import kendall, run_to_run, spearman
from joust_evaluation.evaluations.rules import judgement_of
from joust_evaluation.judges.artifact import SUBMISSION_MD, SubmittedFiles, TextFile
from joust_evaluation.judges.base import Judge, JudgeRequest, JudgeUnavailable
from joust_evaluation.judges.in_time import judge_in_time


class _Task(BaseModel):
    """``task.json``."""

    title: str
    description: str
    input_spec: str
    output_spec: str
    criteria: tuple[Criterion, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Sample:
    """A submission and its place in the expected order, from 1, the worst."""

    place: int
    name: str
    request: JudgeRequest


@dataclass(frozen=True)
class Calibration:
    """What came of it."""

    judge: str
    names: tuple[str, ...]
    """In the expected order."""
    runs: tuple[tuple[float, ...], ...]
    """Final scores by run, in the same order; of runs that are whole."""
    cost_usd: float | None
    """Of all that was scored, also in a run that is not whole."""
    failure: str | None = None
    """Where and why it ended before the last run."""

    @property
    def means(self) -> list[float]:
        """Of each submission over the runs."""
        return [round(mean(scores), 2) for scores in zip(*self.runs, strict=True)]

    @property
    def spearman(self) -> float | None:
        """Rho of the means and the expected order."""
        return spearman(range(len(self.names)), self.means)

    @property
    def kendall(self) -> float | None:
        """Tau-b of the same."""
        return kendall(range(len(self.names)), self.means)

    @property
    def spread(self) -> float:
        """Of a submission's scores from run to run, in points."""
        return run_to_run(self.runs)


def read_samples(folder: Path) -> list[Sample]:
    """The task and its submissions in the expected order. Raises ``OSError`` or ``ValueError``."""
    task = _Task.model_validate_json((folder / "task.json").read_bytes())
    samples = []
    for submission in (folder / "submissions").iterdir():
        if not submission.is_dir():
            continue
        place, _, name = submission.name.partition("-")
        if not place.isdecimal():
            raise ValueError(f"{submission} does not begin with its place in the order, like 01-worst.")
        request = JudgeRequest(
            title=task.title,
            description=task.description,
            input_spec=task.input_spec,
            output_spec=task.output_spec,
            criteria=task.criteria,
            files=_files(submission),
        )
        samples.append(Sample(int(place), name, request))
    if not samples:
        raise ValueError(f"{folder / 'submissions'} holds no submission.")
    return sorted(samples, key=lambda sample: sample.place)


async def calibrate(judge: Judge, samples: Sequence[Sample], runs: int, seconds: float) -> Calibration:
    """Score every sample ``runs`` times, one after the other, each within ``seconds``.

    A judge that fails ends it; the runs that were whole by then are kept, for they may have cost money.
    """
    scored: list[tuple[float, ...]] = []
    costs: list[float | None] = []
    failure = None
    for run in range(runs):
        scores: list[float] = []
        try:
            for sample in samples:
                verdict = await judge_in_time(judge, sample.request, seconds)
                judgement = judgement_of(verdict, sample.request.criteria)
                scores.append(judgement.final_score)
                costs.append(0 if judgement.usage is None else judgement.usage.cost_usd)
        except JudgeUnavailable as error:
            failure = f"Run {run + 1}, submission {samples[len(scores)].name}: {error}"
            break
        scored.append(tuple(scores))
    known = [cost for cost in costs if cost is not None]
    return Calibration(
        judge=judge.identity.judge,
        names=tuple(sample.name for sample in samples),
        runs=tuple(scored),
        cost_usd=round(sum(known), 6) if len(known) == len(costs) else None,
        failure=failure,
    )


def _files(folder: Path) -> SubmittedFiles:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    texts = [TextFile(path.relative_to(folder).as_posix(), path.read_text()) for path in paths]
    return SubmittedFiles(tuple(sorted(texts, key=lambda file: (file.name != SUBMISSION_MD, file.name))))
