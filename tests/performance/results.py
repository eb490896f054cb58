"""What a row of the table says, on the screen and in ``bench-results/``."""

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from tests.performance.rounds import Ratio

RESULTS = Path("bench-results")


@dataclass(frozen=True)
class Figure:
    """A ratio and the goal it has, if any."""

    name: str
    ratio: Ratio
    at_least: float | None = None
    at_most: float | None = None

    @property
    def verdict(self) -> str:
        """``met``, ``missed``, ``not resolved``, or nothing without a goal."""
        if self.at_least is None and self.at_most is None:
            return ""
        if not self.ratio.is_resolved:
            return "not resolved"
        return _verdict(self.ratio.median, self.at_least, self.at_most)

    @property
    def goal(self) -> str:
        """The goal in signs."""
        return _goal(self.at_least, self.at_most)


@dataclass(frozen=True)
class Counter:
    """A number that noise does not touch."""

    name: str
    value: float
    at_most: float | None = None

    @property
    def verdict(self) -> str:
        """``met``, ``missed``, or nothing without a goal."""
        return "" if self.at_most is None else _verdict(self.value, None, self.at_most)

    @property
    def goal(self) -> str:
        """The goal in signs."""
        return _goal(None, self.at_most)


@dataclass
class RowResult:
    """One row of the table, measured."""

    name: str
    title: str
    figures: list[Figure] = field(default_factory=list)
    counters: list[Counter] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    checked: str = ""
    """The correctness check that ended the row."""
    taken: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%d}")
    load: float = field(default_factory=lambda: os.getloadavg()[0])
    """Of the machine in the minute before."""

    def as_json(self) -> dict[str, Any]:
        """For the results file."""
        return {
            "row": self.name,
            "title": self.title,
            "taken": self.taken,
            "load": self.load,
            "figures": [
                {"name": each.name, **each.ratio.as_json(), "goal": each.goal, "verdict": each.verdict}
                for each in self.figures
            ],
            "counters": [
                {"name": each.name, "value": each.value, "goal": each.goal, "verdict": each.verdict}
                for each in self.counters
            ],
            "details": self.details,
            "checked": self.checked,
        }

    def write(self) -> None:
        """Keep it as ``bench-results/<row>.json``."""
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{self.name}.json").write_text(json.dumps(self.as_json(), indent=2))

    def show(self, console: Console) -> None:
        """Print it."""
        console.print(f"\n[bold]{escape(self.title)}[/bold]")
        for figure in self.figures:
            line = f"  {figure.name:<72}{figure.ratio!s:<28}{figure.goal:<9}{figure.verdict}"
            console.print(escape(line))
        for counter in self.counters:
            line = f"  {counter.name:<72}{counter.value:<28.2f}{counter.goal:<9}{counter.verdict}"
            console.print(escape(line))
        console.print(escape(f"  checked: {self.checked}"))


def _verdict(value: float, at_least: float | None, at_most: float | None) -> str:
    is_met = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    return "met" if is_met else "missed"


def _goal(at_least: float | None, at_most: float | None) -> str:
    if at_least is not None:
        return f">= {at_least:g}"
    return "" if at_most is None else f"<= {at_most:g}"
