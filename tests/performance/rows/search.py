"""Row 10: full-text search over tasks, against the same statements in pgbench.

The words of the tasks made here are each in a known share of them: one in three, one in a hundred, and in ten
tasks altogether. A page of each is asked for, as the first page and by the same statements as the service's.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median

from joust_contracts.internal.tasks import SearchStatus
from joust_task.search import repository
from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.loadclient import Ask, closed_loop, get, open_client
from tests.performance.pgbench import pgbench
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Party, Ratio, Sample, Samples, compared, interleave, ratio
from tests.performance.tables import written_columns

_SIZES = (10_000, 100_000, 1_000_000)
_STORED = 100_000
"""Tasks of a run without curves."""
_BATCH = 50_000
_FILL_SECONDS = 900
_CLIENTS = 2
_PAGE = 20
_WORDS = {"common": "gazelle", "middling": "heron", "rare": "ibex"}
_FIRST_PAGE = (SearchStatus.ANY, False, False)
_MAKE = """
    INSERT INTO task.tasks (id, {columns})
    SELECT gen_random_uuid(), {values} FROM task.tasks, generate_series($2::int + 1, $3::int) AS number
    WHERE id = $1
"""
_TITLE = """
    'Task ' || number || CASE WHEN number % 3 = 0 THEN ' gazelle' ELSE '' END
    || CASE WHEN number % 100 = 0 THEN ' heron' ELSE '' END
    || CASE WHEN number <= 10000 AND number % 1000 = 0 THEN ' ibex' ELSE '' END
"""


async def measure(bench: Bench) -> RowResult:
    """Time of a page beside that of its statements alone, and the check of what was found."""
    result = RowResult("search", "Row 10, search: query -> first page")
    await _fill(bench, _STORED)
    async with _parties(bench) as parties:
        await interleave(parties, 1)
        samples = await interleave(parties, bench.rounds)
    for kind in _WORDS:
        name = f"{kind} word: time / the same SQL in pgbench, {_STORED} tasks"
        result.figures.append(Figure(name, _time(samples, kind, f"{kind} sql"), at_most=1.5))
        milliseconds = median(_CLIENTS / sample.rate * 1e3 for sample in samples[f"{kind} sql"])
        result.counters.append(Counter(f"{kind} word: ms of its statements", milliseconds))
    result.checked = await _check(bench, _STORED)
    return result


async def curves(bench: Bench) -> list[Curve]:
    """Over stored tasks: the time of a page in units of that of the fewest tasks."""
    measured: list[tuple[int, Samples]] = []
    # What the row itself was measured with is more than the curve begins with.
    await bench.database.execute("DELETE FROM task.tasks WHERE title LIKE 'Task %'", timeout=_FILL_SECONDS)
    for count in _SIZES:
        await _fill(bench, count)
        async with _parties(bench) as parties:
            await interleave(parties, 1)
            measured.append((count, await interleave(parties, bench.rounds)))
    fewest = measured[0][1]

    def line(kind: str) -> list[Point]:
        return [Point(count, compared(fewest[kind], samples[kind])) for count, samples in measured]

    lines = {kind: line(kind) for kind in _WORDS} | {f"{kind} sql": line(f"{kind} sql") for kind in _WORDS}
    return [
        Curve(
            "search-tasks", "Search: time of a page, by stored tasks", "stored tasks", "time / at 10k", lines
        )
    ]


@asynccontextmanager
async def _parties(bench: Bench) -> AsyncIterator[dict[str, Party]]:
    async with open_client({"Authorization": bench.authorization}) as session:

        def search(ask: Ask) -> Party:
            return lambda: closed_loop(ask, _CLIENTS, bench.seconds)

        def statements(word: str) -> Party:
            return lambda: pgbench(bench.stack.database_dsn, _script(word), _CLIENTS, bench.seconds)

        parties: dict[str, Party] = {}
        for kind, word in _WORDS.items():
            parties[kind] = search(get(session, f"{bench.gateway}/api/v1/search/tasks?query={word}"))
            parties[f"{kind} sql"] = statements(word)
        yield parties


def _script(word: str) -> str:
    """What the service asks for a first page: the walk alone where it fills the page."""
    asked = [repository._walk(*_FIRST_PAGE)]
    if word != _WORDS["common"] and word != _WORDS["middling"]:
        asked += [repository._edge(*_FIRST_PAGE), repository._look_up(*_FIRST_PAGE)]
    values = {
        "query": f"'{word}'",
        "limit": str(_PAGE + 1),
        "window": str(repository.WINDOW),
        "skipped": str(repository.WINDOW - 1),
    }

    def filled(match: "re.Match[str]") -> str:
        return values[match[1]]

    # A lone colon names a parameter; two are a cast.
    lines = (re.sub(r"(?<!:):(\w+)", filled, str(each)) for each in asked)
    return "".join(" ".join(line.split()) + ";\n" for line in lines)


async def _fill(bench: Bench, count: int) -> None:
    """Published tasks up to ``count``, the newest last."""
    columns = await written_columns(bench.database)
    changed = {
        "title": _TITLE,
        "created_at": "date_trunc('milliseconds', now()) - interval '1 year' + number * interval '10 ms'",
    }
    make = _MAKE.format(
        columns=", ".join(columns), values=", ".join(changed.get(name, f"tasks.{name}") for name in columns)
    )
    stored = await bench.database.fetchval("SELECT count(*) FROM task.tasks WHERE title LIKE 'Task %'")
    for start in range(stored, count, _BATCH):
        await bench.database.execute(
            make, bench.tables.task_id, start, min(count, start + _BATCH), timeout=_FILL_SECONDS
        )
    await bench.database.execute("VACUUM ANALYZE task.tasks", timeout=_FILL_SECONDS)


async def _check(bench: Bench, count: int) -> str:
    """The pages of the rare word, one after the other, hold what a scan of all titles finds."""
    expected = await bench.database.fetch(
        "SELECT id FROM task.tasks WHERE title LIKE '%ibex%' ORDER BY created_at DESC, id DESC"
    )
    found: list[str] = []
    params = {"query": _WORDS["rare"], "limit": "4"}
    while True:
        page = await bench.poster.get("/api/v1/search/tasks", **params)
        found += [task["id"] for task in page["data"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert found == [str(row["id"]) for row in expected]
    return f"the pages of the rare word hold all its {len(found)} tasks of {count}, in order"


def _time(samples: Samples, of: str, to: str) -> Ratio:
    return ratio(samples, of, to, _seconds)


def _seconds(sample: Sample) -> float:
    return sample.seconds / sample.operations
