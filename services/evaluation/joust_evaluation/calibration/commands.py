"""Has a judge score the calibration set, some times over."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from joust_contracts.events.tasks import Criterion
from joust_evaluation.calibration.rules import kendall, run_to_run, spearman
from joust_evaluation.evaluations.rules import judgement_of
from joust_evaluation.judges.artifact import SUBMISSION_MD, SubmittedFiles, TextFile
from joust_evaluation.judges.base import Judge, JudgeRequest


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
    """Final scores by run, in the same order."""
    cost_usd: float | None

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
    task = json.loads((folder / "task.json").read_text())
    criteria = tuple(map(Criterion.model_validate, task["criteria"]))
    samples = []
    for submission in sorted((folder / "submissions").iterdir()):
        place, _, name = submission.name.partition("-")
        request = JudgeRequest(
            title=str(task["title"]),
            description=str(task["description"]),
            input_spec=str(task["input_spec"]),
            output_spec=str(task["output_spec"]),
            criteria=criteria,
            files=_files(submission),
        )
        samples.append(Sample(int(place), name, request))
    return sorted(samples, key=lambda sample: sample.place)


async def calibrate(judge: Judge, samples: Sequence[Sample], runs: int) -> Calibration:
    """Score every sample ``runs`` times, one after the other. Raises ``JudgeUnavailable``."""
    scored: list[tuple[float, ...]] = []
    costs: list[float | None] = []
    for _ in range(runs):
        scores = []
        for sample in samples:
            judgement = judgement_of(await judge.judge(sample.request), sample.request.criteria)
            scores.append(judgement.final_score)
            costs.append(0 if judgement.usage is None else judgement.usage.cost_usd)
        scored.append(tuple(scores))
    known = [cost for cost in costs if cost is not None]
    return Calibration(
        judge=judge.identity.judge,
        names=tuple(sample.name for sample in samples),
        runs=tuple(scored),
        cost_usd=round(sum(known), 6) if len(known) == len(costs) else None,
    )


def _files(folder: Path) -> SubmittedFiles:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    texts = [TextFile(path.relative_to(folder).as_posix(), path.read_text()) for path in paths]
    return SubmittedFiles(tuple(sorted(texts, key=lambda file: (file.name != SUBMISSION_MD, file.name))))
