"""Failpoints as tests see them: collected from the code, armed by a plan, counted, and listed."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from joust_contracts.services import ServiceName

ROOT = Path(__file__).parent.parent.parent
EVERYWHERE = "*"


@dataclass(frozen=True)
class Point:
    """A failpoint in the code."""

    name: str
    file: Path
    line: int

    @property
    def owner(self) -> ServiceName | None:
        """The service whose code it is in, ``None`` for the kit, which all share."""
        parts = self.file.relative_to(ROOT).parts
        return ServiceName(parts[1]) if parts[0] == "services" else None


_EVERY = tuple(ServiceName)
_READERS = tuple(name for name in ServiceName if name is not ServiceName.GATEWAY)
_READERS_OF_TASKS = tuple(name for name in _READERS if name is not ServiceName.TASK)
_WRITERS = (ServiceName.GATEWAY, ServiceName.TASK, ServiceName.SUBMISSION, ServiceName.WALLET)
_WITH_JOBS = (ServiceName.TASK, ServiceName.EVALUATION, ServiceName.WEBHOOK)
_REACHED_BY = {
    "database/database.py": _EVERY,
    "maintenance.py": _EVERY,
    "messaging/relay.py": _EVERY,
    "messaging/consumer.py": _READERS,
    "messaging/inbox.py": _READERS,
    "http/transactions.py": _WRITERS,
    "after_job_taken_before_run": _WITH_JOBS,
    "after_job_run_before_done": _WITH_JOBS,
    "after_refusal_before_dead_letter": _READERS_OF_TASKS,
    "after_dead_letter_before_offsets": _READERS_OF_TASKS,
}
"""Who reaches the kit's failpoints, by file or name, without luck; any other is left to whoever comes first."""


def each_that_reaches(point: Point) -> Sequence[Sequence[ServiceName]]:
    """Services that reach the point for certain, each alone, or all of them as one group."""
    if point.owner is not None:
        return [[point.owner]]
    in_kit = str(point.file.relative_to(ROOT / "libs" / "joust_kit" / "joust_kit"))
    known = _REACHED_BY.get(point.name) or _REACHED_BY.get(in_kit)
    return [_EVERY] if known is None else [[name] for name in known]


class MisplacedFailpoint(Exception):
    """A failpoint without a literal name, without ``if __debug__:``, or with the name of another."""


class Kill(NamedTuple):
    """A process that died at a failpoint."""

    service: str
    point: str
    hit: int


def production_files() -> Iterator[Path]:
    """All modules of the kit and the services."""
    for folder in ("libs", "services"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "tests" not in file.parts and "versions" not in file.parts:
                yield file


def collect() -> list[Point]:
    """Every failpoint of the code. Raises ``MisplacedFailpoint``."""
    points = [point for file in production_files() for point in points_in(file.read_text(), file)]
    doubled = [name for name, count in Counter(point.name for point in points).items() if count > 1]
    if doubled:
        raise MisplacedFailpoint(f"names that stand twice: {', '.join(doubled)}")
    return points


def points_in(source: str, file: Path) -> list[Point]:
    """The failpoints of one module. Raises ``MisplacedFailpoint``."""
    if "failpoint(" not in source:
        return []
    tree = ast.parse(source)
    guarded = {
        id(call)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "__debug__"
        for statement in block.body
        for call in ast.walk(statement)
    }
    points = []
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        if call.func.id != "failpoint":
            continue
        match call.args:
            case [ast.Constant(value=str(name))] if id(call) in guarded and not call.keywords:
                points.append(Point(name, file, call.lineno))
            case _:
                raise MisplacedFailpoint(f"{file}:{call.lineno}: write if __debug__: failpoint('a_literal')")
    return points


class Plan:
    """The folder that says which processes die where; see ``joust_kit.failpoints``."""

    def __init__(self, folder: Path, deadly_hits: Sequence[int]) -> None:
        self.folder = folder
        self._deadly_hits = deadly_hits
        (folder / "deadly_hits").write_text(" ".join(map(str, deadly_hits)))
        (folder / "kills").touch()
        for name in ServiceName:
            (folder / name).mkdir()
        self._armed: list[tuple[str, str]] = []

    @property
    def kills_planned(self) -> int:
        """How often somebody is to die."""
        return len(self._armed) * len(self._deadly_hits)

    def arm(self, point: str, services: Sequence[str]) -> None:
        """Have whichever of ``services`` reaches the point at a deadly hit die; they share one count."""
        first, *others = services
        file = self.folder / first / point
        file.touch()
        for other in others:
            (self.folder / other / point).hardlink_to(file)
        self._armed.append((first if not others else EVERYWHERE, point))

    def hits(self, point: str) -> int:
        """Hits of an armed point so far, over all services."""
        files = {file.stat().st_ino: file.stat().st_size for file in self.folder.glob(f"*/{point}")}
        return sum(files.values())

    def kills(self) -> list[Kill]:
        """Who died where so far."""
        lines = (self.folder / "kills").read_text().splitlines()
        return [Kill(service, point, int(hit)) for service, point, hit in map(str.split, lines)]

    def missing(self) -> dict[tuple[str, str], set[int]]:
        """Hits that nobody has died at yet, by service (or ``*``) and point; empty when all is done."""
        wanted = {place: set(self._deadly_hits) for place in self._armed}
        for service, point, hit in self.kills():
            for place in ((service, point), (EVERYWHERE, point)):
                wanted.get(place, set()).discard(hit)
        return {place: hits for place, hits in wanted.items() if hits}
