"""A load that runs on while services die at failpoints, and what is measured meanwhile."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from tests.support.arena import eventually
from tests.support.failpoints import ROOT, Plan, Point
from tests.support.load import History
from tests.support.provoking import Provoker, Trouble, making

RATE_BACK = 0.95
_WINDOW_SECONDS = 8.0
_RESOLUTION = 1 / _WINDOW_SECONDS
"""A window holds a handful of bounties, and one more or less is chance."""
_WARM_BOUNTIES = 6
_FIGURES = ROOT / "bench-results"


@dataclass
class Sweep:
    """A stack whose services die by plan, and what is known of it."""

    stack: Stack
    plan: Plan
    points: list[Point]
    history: History = field(default_factory=History)
    figures: dict[str, float] = field(default_factory=dict)

    async def measure_rate(self) -> None:
        """Bounties by second before anybody dies, once all is warm."""

        async def warm() -> bool:
            return len(self.history.finished) >= _WARM_BOUNTIES

        await eventually(warm, seconds=60)
        began = time.monotonic()
        await asyncio.sleep(_WINDOW_SECONDS)
        self.figures["bounties_per_second_before"] = self._rate(began, time.monotonic())

    async def kill_everywhere(self, provoker: Provoker, *, seconds: float) -> None:
        """Until every armed failpoint has had its kills. Fails with those that it did not have in time."""
        began = time.monotonic()

        async def all_dead() -> bool:
            return not self.plan.missing()

        def is_needed(trouble: Trouble) -> bool:
            return any(point in trouble.reaches for _, point in self.plan.missing())

        async with making(provoker.troubles(), is_needed):
            try:
                await eventually(all_dead, seconds=seconds)
            except TimeoutError:
                print(self.report())
                assert self.plan.missing() == {}, "these never had all their kills"
        # Its last run may have died half-way, and nobody but a whole one ends that.
        assert await provoker.rebuilt() == 0
        self.figures["sweep_seconds"] = time.monotonic() - began

    async def measure_recovery(self, *, taken_up_seconds: float, rate_seconds: float) -> None:
        """From the last kill until work that died with its workers was taken up, and the rate was back.

        Raises ``TimeoutError`` for either that took longer than is given.
        """
        died_at = time.monotonic()
        admin = await asyncpg.connect(self.stack.database_dsn)
        in_hand = set(await admin.fetch(_LEASES))

        async def taken_up() -> bool:
            return not in_hand.intersection(await admin.fetch(_LEASES))

        async def as_before() -> bool:
            now = time.monotonic()
            rate = self._rate(max(died_at, now - _WINDOW_SECONDS), now)
            return rate + _RESOLUTION >= RATE_BACK * self.figures["bounties_per_second_before"]

        async def clock(name: str, condition: Callable[[], Awaitable[bool]], seconds: float) -> None:
            await eventually(condition, seconds=seconds, every=0.25)
            self.figures[name] = time.monotonic() - died_at

        try:
            await asyncio.gather(
                clock("work_resumed_after_seconds", taken_up, taken_up_seconds),
                clock("rate_back_after_seconds", as_before, rate_seconds),
            )
        finally:
            await admin.close()

    def report(self) -> str:
        """Point by point: hits, and who died there."""
        deaths: dict[str, Counter[str]] = {point.name: Counter() for point in self.points}
        for kill in self.plan.kills():
            deaths[kill.point][kill.service] += 1
        rows = [
            f"{name:45}{self.plan.hits(name):7}{kills.total():6}  "
            + ", ".join(f"{service} {count}" for service, count in sorted(kills.items()))
            for name, kills in deaths.items()
        ]
        return "\n".join([f"{'failpoint':45}{'hits':>7}{'kills':>6}  by service", *rows])

    def publish(self, name: str) -> Path:
        """Print the report, and write the figures to ``bench-results/<name>.json``."""
        kills = self.plan.kills()
        counted = {
            "failpoints": len(self.points),
            "failpoints_hit": len({kill.point for kill in kills}),
            "kills": len(kills),
            "bounties": len(self.history.finished),
            "writes": {outcome.value: count for outcome, count in self.history.counts().items()},
        }
        figures = {**counted, **{name: round(value, 2) for name, value in self.figures.items()}}
        print(self.report(), json.dumps(figures, indent=2), sep="\n")
        _FIGURES.mkdir(exist_ok=True)
        file = _FIGURES / f"{name}.json"
        file.write_text(json.dumps({**figures, "kills_by_point": _by_point(self.plan)}, indent=2))
        return file

    def _rate(self, since: float, until: float) -> float:
        ended = sum(since < at <= until for at in self.history.finished)
        return ended / max(until - since, _WINDOW_SECONDS)


_LEASES = " UNION ALL ".join(
    f"SELECT '{name}' AS service, id, acquired_token FROM {name}.{name}_jobs WHERE acquired_token IS NOT NULL"
    for name in ServiceName
)
"""Every job that a worker has taken, with the token of its lease."""


def _by_point(plan: Plan) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for kill in plan.kills():
        services = found.setdefault(kill.point, {})
        services[kill.service] = services.get(kill.service, 0) + 1
    return found
