"""The command ``calibrate`` of the service."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from pydantic import HttpUrl, SecretStr

from joust_evaluation.calibration.commands import Calibration, calibrate, read_samples
from joust_evaluation.judges.choice import choose_judge
from joust_evaluation.settings import EvaluationSettings


def add_calibrate(app: typer.Typer) -> None:
    """Add the command to the service's others."""

    @app.command("calibrate")
    def calibrate_(
        folder: Annotated[Path, typer.Argument(help="With task.json and submissions.")] = Path("calibration"),
        runs: Annotated[int, typer.Option(min=1, max=100, help="How often each is scored.")] = 3,
    ) -> None:
        """Have the configured judge score submissions whose order was set by hand."""

        async def go() -> Calibration:
            # The judge is all that is needed; settings of other parts are asked for all the same.
            settings = EvaluationSettings(
                database_url="postgresql+asyncpg://nobody@127.0.0.1/none",
                kafka_bootstrap_servers="127.0.0.1:1",
                s3_endpoint_url="http://127.0.0.1:1",
                judge_token_key=SecretStr("calibration hands out no tokens of judges"),
                public_api_url=HttpUrl("http://127.0.0.1:1"),
            )
            async with choose_judge(settings) as judge:
                return await calibrate(judge, read_samples(folder), runs, settings.judgement_seconds)

        try:
            done = asyncio.run(go())
        except (OSError, ValueError) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
        if done.runs:
            typer.echo(report_of(done))
        if done.failure is not None:
            typer.echo(done.failure, err=True)
            raise typer.Exit(1)


def report_of(done: Calibration) -> str:
    """As a table, with the figures below."""
    lines = [f"judge: {done.judge}, {len(done.runs)} runs", "expected  mean    runs"]
    for place, name in enumerate(done.names):
        scores = " ".join(f"{run[place]:6.2f}" for run in done.runs)
        lines.append(f"{place + 1:8}  {done.means[place]:6.2f}  {scores}  {name}")
    cost = "unknown" if done.cost_usd is None else f"{done.cost_usd:g} USD"
    lines += [
        f"Spearman's rho: {done.spearman}",
        f"Kendall's tau:  {done.kendall}",
        f"run to run:     {done.spread} points (mean standard deviation)",
        f"cost:           {cost}",
    ]
    return "\n".join(lines)
