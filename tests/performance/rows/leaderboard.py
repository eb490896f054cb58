"""Row 8: a score is told and stored, the best fifty are read, an agent reads its own rank.

The floors are the same upsert, index scan and count in pgbench; the peer is a sorted set of Valkey, without
persistence, behind FastAPI. A score is timed from the inbox on: Kafka's hop is in row 3. It is one transaction with
the mark of the inbox, the result, the standing, its counts and the event that leaves; a board's scores come one after
another, so both have one connection.
"""

import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import quote
from uuid import UUID

from valkey.asyncio import Valkey

from joust_ranking.ranks import repository as ranks
from joust_ranking.ranks.rules import before
from joust_ranking.standings.rules import Place
from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.counters import statements_per_request
from tests.performance.loadclient import Ask, closed_loop, get, open_client
from tests.performance.peer_board import BOARD
from tests.performance.peers import running
from tests.performance.pgbench import pgbench
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Party, Sample, Samples, compared, interleave, ratio
from tests.performance.scores import Scores, scoring
from tests.support.arena import Arena, submit_and_wait
from tests.support.valkey import valkey_server

_SIZES = (1_000, 10_000, 100_000, 1_000_000)
_STORED = 100_000
"""Entries of a run without curves."""
_CLIENTS = 2
_TABLES = ("ranking.standings", "bench.standings")
"""Of the service, and of the floor of scores."""
_ROWS_AT_ONCE = 100_000
_MEMBERS_AT_ONCE = 20_000
_FILL_SECONDS = 900
_WORK_MEMORY = "512MB"

_STANDINGS = """
    INSERT INTO {table} (task_id, account_id, agent_id, agent_display_name, best_score, test_score, llm_score,
        best_submission_id, best_iteration, best_received_at)
    SELECT $1::uuid, md5('account ' || n)::uuid, md5('account ' || n)::uuid, 'Agent ' || n,
        (n * 7919 % 10001) / 100.0, NULL, (n * 7919 % 10001) / 100.0, md5('submission ' || n)::uuid, 1,
        date_trunc('milliseconds', now()) - interval '3 days' + n * interval '250 ms'
    FROM generate_series($2::bigint + 1, $3::bigint) AS n
    ON CONFLICT DO NOTHING
"""
_BUCKETS = """
    INSERT INTO ranking.rank_buckets (task_id, level, bucket, count)
    SELECT task_id, level, bucket, count(*) FROM (
        SELECT task_id, 10000 - round(best_score * 100)::bigint AS hundredth,
            floor(extract(epoch FROM best_received_at) / 60)::bigint AS minute
        FROM ranking.standings WHERE task_id = $1
    ) AS standing, LATERAL (VALUES
        (1, hundredth / 100),
        (2, hundredth),
        (3, hundredth * 4294967296 + minute / 60),
        (4, hundredth * 4294967296 + minute)
    ) AS counted (level, bucket)
    GROUP BY task_id, level, bucket
"""
_BEST = "ORDER BY best_score DESC, best_received_at, best_submission_id LIMIT"
_UPSERT = """
    INSERT INTO bench.standings (task_id, account_id, agent_id, agent_display_name, best_score, test_score, llm_score,
        best_submission_id, best_iteration, best_received_at)
    VALUES ('{task}', md5('account ' || :number)::uuid, md5('account ' || :number)::uuid, 'Agent', :score / 100.0,
        NULL, :score / 100.0, gen_random_uuid(), 1, now())
    ON CONFLICT (task_id, account_id) DO UPDATE SET agent_id = excluded.agent_id,
        agent_display_name = excluded.agent_display_name, best_score = excluded.best_score,
        test_score = excluded.test_score, llm_score = excluded.llm_score,
        best_submission_id = excluded.best_submission_id, best_iteration = excluded.best_iteration,
        best_received_at = excluded.best_received_at
"""


@dataclass
class _Board:
    """One task's board, on which ``submission`` is a real one of an agent that reads its rank."""

    bench: Bench
    task_id: str
    submission_id: str
    scores: Scores
    valkey: Valkey
    entries: int = 0

    async def fill(self, entries: int, tables: Sequence[str] = _TABLES) -> None:
        """Entries up to so many, here (in ``tables``) and in the peer."""
        database, stored = self.bench.database, self.entries
        for table, start in product(tables, range(stored, entries, _ROWS_AT_ONCE)):
            make, end = _STANDINGS.format(table=table), min(entries, start + _ROWS_AT_ONCE)
            await database.execute(make, self.task_id, start, end, timeout=_FILL_SECONDS)
        for table in tables:
            await database.execute(f"VACUUM ANALYZE {table}", timeout=_FILL_SECONDS)
        await database.execute("DELETE FROM ranking.rank_buckets WHERE task_id = $1", self.task_id)
        # A hash of so many groups that does not fit into memory takes PostgreSQL the better part of an hour.
        await database.execute(f"SET work_mem = '{_WORK_MEMORY}'")
        await database.execute(_BUCKETS, self.task_id, timeout=_FILL_SECONDS)
        await database.execute(
            "UPDATE ranking.boards SET entries_count = "
            "(SELECT count(*) FROM ranking.standings s WHERE s.task_id = $1) WHERE task_id = $1",
            self.task_id,
        )
        await database.execute("RESET work_mem")
        await database.execute("VACUUM ANALYZE ranking.rank_buckets", timeout=_FILL_SECONDS)
        for start in range(stored, entries, _MEMBERS_AT_ONCE):
            numbers = range(start + 1, min(entries, start + _MEMBERS_AT_ONCE) + 1)
            await self.valkey.zadd(BOARD, {_member(n): n * 7919 % 10001 / 100 for n in numbers})
        self.entries = entries

    async def place(self) -> Place:
        row = await self.bench.database.fetchrow(
            "SELECT best_score, best_received_at, best_submission_id, best_iteration FROM ranking.standings "
            "WHERE best_submission_id = $1",
            UUID(self.submission_id),
        )
        return Place(*row)

    async def tell_scores(self) -> Sample:
        """One after another for the length of a turn."""
        began, told = time.perf_counter(), 0
        while time.perf_counter() < began + self.bench.seconds:
            await self.scores.tell(self.entries)
            told += 1
        return Sample(told, time.perf_counter() - began)

    def upsert(self) -> str:
        """As a script of pgbench."""
        chosen = f"\\set number random(1, {self.entries})\n\\set score random(0, 10000)\n"
        return chosen + " ".join(_UPSERT.format(task=self.task_id).split()) + ";\n"

    def scan(self) -> str:
        """As a script of pgbench."""
        return f"SELECT * FROM ranking.standings WHERE task_id = '{self.task_id}' {_BEST} 51;\n"


async def measure(bench: Bench) -> RowResult:
    """Scores, pages and ranks in turn with their floors and peers, statements, and the check of the board."""
    result = RowResult("leaderboard", "Row 8, leaderboard: score -> stored best; top 50; own rank")
    async with _open_board(bench) as board:
        await board.fill(_STORED)
        async with _reading(board) as parties:
            await interleave(parties, 1)
            samples = await interleave(parties, bench.rounds)
        told: dict[str, Party] = {
            "floor": lambda: pgbench(bench.stack.database_dsn, board.upsert(), 1, bench.seconds),
            "joust": board.tell_scores,
        }
        await interleave(told, 1)
        stored = await interleave(told, bench.rounds)
        result.figures = [
            Figure(
                "scores stored a second / the same upsert in pgbench",
                ratio(stored, "joust", "floor"),
                at_least=0.5,
            ),
            *_figures(samples, "top 50", at_most=1.5),
            *_figures(samples, "own rank", at_most=3),
        ]
        statements = await statements_per_request(
            bench.database, ["joust_ranking"], lambda: board.scores.tell(board.entries), 100
        )
        result.counters = [
            Counter("ms of a score", median(_seconds(sample) for sample in stored["joust"]) * 1e3),
            Counter(
                "ms of the upsert in pgbench", median(_seconds(sample) for sample in stored["floor"]) * 1e3
            ),
            Counter("SQL round trips per score", sum(each.per_request for each in statements)),
            *(
                Counter(f"{name}: ms of its statement", _alone_ms(samples, name))
                for name in ("top 50", "own rank")
            ),
        ]
        result.details["statements"] = [f"{each.per_request:.2f} {each.query[:120]}" for each in statements]
        result.checked = await _check(board)
    return result


async def curves(bench: Bench) -> list[Curve]:
    """Over entries: the time of each in units of that with the fewest."""
    measured: list[tuple[int, Samples]] = []
    async with _open_board(bench) as board:
        for entries in _SIZES:
            await board.fill(entries, _TABLES[:1])
            async with _reading(board) as parties:
                await interleave(parties, 1)
                measured.append((entries, await interleave(parties, bench.rounds)))
    fewest = measured[0][1]

    def line(name: str) -> list[Point]:
        return [Point(entries, compared(fewest[name], samples[name])) for entries, samples in measured]

    names = ("top 50", "top 50 sql", "own rank", "own rank sql")
    return [
        Curve(
            "leaderboard-entries",
            "Leaderboard: time of a page and of a rank, by entries",
            "entries",
            "time / at 1k",
            {name: line(name) for name in names},
        )
    ]


def _figures(samples: Samples, name: str, *, at_most: float) -> list[Figure]:
    versus_peer, versus_sql = (
        f"{name}: time / Valkey behind FastAPI",
        f"{name}: time / its statement in pgbench",
    )
    return [
        Figure(
            f"{versus_peer}, {_STORED} entries",
            ratio(samples, name, f"{name} peer", _seconds),
            at_most=at_most,
        ),
        Figure(versus_sql, ratio(samples, name, f"{name} sql", _seconds)),
    ]


@asynccontextmanager
async def _open_board(bench: Bench) -> AsyncIterator[_Board]:
    arena = Arena(bench.stack)
    await bench.database.execute(
        "DROP TABLE IF EXISTS bench.standings; CREATE TABLE bench.standings (LIKE ranking.standings INCLUDING ALL)"
    )
    try:
        task = await arena.open_task(bench.poster)
        agent = await arena.sign_up("Climber")
        submission = await submit_and_wait(agent, task["id"])
        with TemporaryDirectory() as folder, valkey_server(Path(folder)) as server:
            url = server.url.removeprefix("async+")
            async with (
                Valkey.from_url(url) as valkey,
                scoring(bench.stack, task["id"], bench.poster.account_id) as scores,
            ):
                yield _Board(bench, task["id"], submission["id"], scores, valkey)
    finally:
        await arena.close()


@asynccontextmanager
async def _reading(board: _Board) -> AsyncIterator[dict[str, Party]]:
    bench = board.bench
    address = board.valkey.connection_pool.connection_kwargs
    url = f"valkey://{address['host']}:{address['port']}"
    place = await board.place()
    own = f"{bench.gateway}/api/submissions/{board.submission_id}/status"
    middle = quote(_member(board.entries // 2))
    async with (
        running("peer_board:app", url) as peer,
        open_client({"Authorization": bench.authorization}) as session,
    ):

        def asking(ask: Ask) -> Party:
            return lambda: closed_loop(ask, _CLIENTS, bench.seconds)

        def statement(script: str) -> Party:
            return lambda: pgbench(bench.stack.database_dsn, script, _CLIENTS, bench.seconds)

        yield {
            "top 50 sql": statement(board.scan()),
            "top 50 peer": asking(get(session, f"{peer.url}/board")),
            "top 50": asking(get(session, f"{bench.gateway}/api/v1/tasks/{board.task_id}/leaderboard")),
            "own rank sql": statement(_rank_script(board.task_id, place)),
            "own rank peer": asking(get(session, f"{peer.url}/position/{middle}")),
            "own rank": asking(get(session, own)),
        }


def _rank_script(task_id: str, place: Place) -> str:
    """What the service asks for a rank, with this place's values."""
    spans, since = before(place.score, place.received_at)
    values = {
        "task_id": f"'{task_id}'",
        "levels": f"ARRAY{[span.level.value for span in spans]}",
        "firsts": f"ARRAY{[span.first for span in spans]}",
        "ends": f"ARRAY{[span.end for span in spans]}",
        "score": str(place.score),
        "since": f"to_timestamp({since.timestamp()})",
        "received_at": f"to_timestamp({place.received_at.timestamp()})",
        "submission_id": f"'{place.submission_id}'",
    }
    # A lone colon names a parameter; two are a cast.
    asked = re.sub(r"(?<!:):(\w+)", lambda match: values[match[1]], ranks.RANK)
    return " ".join(asked.split()) + ";\n"


async def _check(board: _Board) -> str:
    """The page and the rank are what a sort of all says, and each best is that of the scores that were told."""
    database, task = board.bench.database, board.task_id
    page = await board.bench.poster.leaderboard(task)
    best = await database.fetch(
        f"SELECT best_submission_id::text AS id FROM ranking.standings WHERE task_id = $1 {_BEST} 50",
        task,
    )
    assert [entry["submissionId"] for entry in page["entries"]] == [row["id"] for row in best]
    rank = await database.fetchval(
        "SELECT rank FROM (SELECT best_submission_id AS id, row_number() OVER (ORDER BY best_score DESC, "
        "best_received_at, best_submission_id) AS rank FROM ranking.standings WHERE task_id = $1) s WHERE id = $2",
        task,
        UUID(board.submission_id),
    )
    state = await board.bench.poster.get(f"/api/submissions/{board.submission_id}/status")
    assert state["position"] == rank
    rows = await database.fetch(
        "SELECT account_id, count(*) AS told, max(score) = max(s.best_score) AS is_best FROM ranking.results r "
        "JOIN ranking.standings s USING (task_id, account_id) WHERE r.task_id = $1 AND r.submission_id <> $2 "
        "GROUP BY account_id",
        task,
        UUID(board.submission_id),
    )
    assert {row["account_id"]: row["told"] for row in rows} == dict(board.scores.told)
    assert all(row["is_best"] for row in rows)
    told = board.scores.told.total()
    return f"{told} scores are kept once each; the best fifty and the rank {rank} are those of a sort of all"


def _member(number: int) -> str:
    return f"{UUID(int=number)}|Agent {number}"


def _alone_ms(samples: Samples, name: str) -> float:
    return median(_CLIENTS / sample.rate * 1e3 for sample in samples[f"{name} sql"])


def _seconds(sample: Sample) -> float:
    return sample.seconds / sample.operations
