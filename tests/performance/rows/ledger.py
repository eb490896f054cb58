"""Row 11: a transfer between two accounts, committed; accounts chosen at random, or one of them always the same.

Through HTTP it is a deposit with an Idempotency-Key, beside row 2's task by the same clients.

The wallet's own ledger runs in the process of the bench, on a database of its own with the service's migrations.
Beside it the double entry that a user would write instead, with asyncpg: rows locked in order, balances updated,
a transfer and two entries inserted. The floor is pgbench with that one's statements.
"""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from uuid import UUID

import asyncpg
from sqlalchemy import event

from joust_contracts.vocabulary import TransferKind
from joust_embedded.bounty.client import a_task
from joust_kit.database.connections import open_engine
from joust_kit.database.database import Database
from joust_kit.database.migrations import upgrade
from joust_kit.ids import RandomIds
from joust_wallet.auditor import find_all_violations
from joust_wallet.base import KIT
from joust_wallet.ledger import commands as ledger
from joust_wallet.ledger import queries
from joust_wallet.ledger.rules import AccountKey, AccountKind, Transfer
from joust_wallet.ledger.verification import verify_journal
from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.counters import statements_per_request
from tests.performance.loadclient import closed_loop, open_client
from tests.performance.pgbench import pgbench
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Party, Sample, compared, interleave, ratio
from tests.performance.rows.write import Writer
from tests.performance.yard import new_database, settings_of

_DATABASE = "bench_ledger"
_ACCOUNTS = 1_000
_OPENING_CENTS = 1_000_000_000
_AT_ONCE = 500
_LIMIT_SECONDS = 900
_MOST_CLIENTS = 64
_SIZES = (20_000, 200_000, 1_000_000)
_CROWDS = (1, 4, 16, 64)
_TARGETS = (1_000, 100, 10, 1)
_OWN_LINES = (100, 1_000, 10_000)
_PAGE = 100
_STATEMENTS_READ = 3
"""Of each account, in each round."""
_IDS = RandomIds()
_DEPOSIT = {"amount_cents": 1}
_OUTSIDE = AccountKey(None, AccountKind.EXTERNAL_FUNDING, "usd")

_BARE_TABLES = f"""
CREATE SCHEMA bare;
CREATE TABLE bare.accounts (id int PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0));
CREATE TABLE bare.transfers (
    id bigserial PRIMARY KEY, key uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE bare.entries (
    id bigserial PRIMARY KEY, transfer_id bigint NOT NULL REFERENCES bare.transfers,
    account_id int NOT NULL REFERENCES bare.accounts, amount bigint NOT NULL, balance bigint NOT NULL
);
CREATE INDEX ON bare.entries (account_id, id);
INSERT INTO bare.accounts SELECT id, {_OPENING_CENTS} FROM generate_series(0, {_ACCOUNTS - 1}) AS id;
"""
_LOCK = "SELECT id, balance FROM bare.accounts WHERE id IN ($1, $2) ORDER BY id FOR UPDATE"
_CHANGE = "UPDATE bare.accounts SET balance = balance + $2 WHERE id = $1 RETURNING balance"
_TRANSFER = "INSERT INTO bare.transfers DEFAULT VALUES RETURNING id"
_ENTRIES = "INSERT INTO bare.entries (transfer_id, account_id, amount, balance) VALUES ($1, $2, $3, $4), ($1, $5, $6, $7)"
_BARE_STATEMENTS = 5
_FLOOR = f"""
\\set source random(1, {_ACCOUNTS - 1})
\\set target {{target}}
BEGIN;
SELECT id, balance FROM bare.accounts WHERE id IN (:source, :target) ORDER BY id FOR UPDATE;
UPDATE bare.accounts SET balance = balance - 1 WHERE id = :source;
UPDATE bare.accounts SET balance = balance + 1 WHERE id = :target;
INSERT INTO bare.transfers DEFAULT VALUES RETURNING id \\gset made_
INSERT INTO bare.entries (transfer_id, account_id, amount, balance)
VALUES (:made_id, :source, -1, 0), (:made_id, :target, 1, 0);
COMMIT;
"""
_ANY_TARGET = f"(:source + random(1, {_ACCOUNTS - 2})) % {_ACCOUNTS}"
_HOT_TARGET = "0"


@dataclass
class Ledgers:
    """The parties, on one database."""

    dsn: str
    database: Database
    pool: asyncpg.Pool
    clients: int
    seconds: float
    owners: list[UUID] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(11))

    def places(self, targets: int) -> tuple[int, int]:
        """From any account to one of so many; never the same."""
        target = self.chance.randrange(targets)
        return (target + self.chance.randrange(1, _ACCOUNTS)) % _ACCOUNTS, target

    async def fund(self) -> None:
        """Every account has enough."""
        self.owners = [_IDS.new() for _ in range(_ACCOUNTS)]
        for begin in range(0, _ACCOUNTS, _AT_ONCE):
            some = self.owners[begin : begin + _AT_ONCE]
            await self._write([_transfer(_OUTSIDE, _purse(owner), _OPENING_CENTS) for owner in some])

    async def grow(self, transfers: int) -> None:
        """So many transfers more, in books of many."""
        for begin in range(0, transfers, _AT_ONCE):
            count = min(_AT_ONCE, transfers - begin)
            await self._write([self._between(*self.places(_ACCOUNTS)) for _ in range(count)])

    async def fill(self, owner_id: UUID, lines: int) -> None:
        """An account gets so many lines of its own."""
        for begin in range(0, lines, _AT_ONCE):
            some = range(min(_AT_ONCE, lines - begin))
            await self._write([_transfer(_OUTSIDE, _purse(owner_id), 1) for _ in some])

    async def read_statement(self, owner_id: UUID) -> int:
        """All lines of an account, page by page; how many there are."""
        count, cursor = 0, None
        while True:
            async with self.database.reading() as session:
                page = await queries.list_transactions(session, owner_id, "usd", _PAGE, cursor)
            count, cursor = count + len(page.data), page.next_cursor
            if cursor is None:
                return count

    async def post(self, *, targets: int) -> None:
        """One transfer of the wallet's."""
        transfer = self._between(*self.places(targets))
        async with self.database.transaction() as unit:
            await ledger.post(unit, transfer)

    async def post_bare(self, *, targets: int) -> None:
        """One of the peer's."""
        source, target = self.places(targets)
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.fetch(_LOCK, source, target)
            less = await connection.fetchval(_CHANGE, source, -1)
            more = await connection.fetchval(_CHANGE, target, 1)
            made = await connection.fetchval(_TRANSFER)
            await connection.execute(_ENTRIES, made, source, -1, less, target, 1, more)

    async def floor(self, *, targets: int, clients: int) -> Sample:
        """The peer's statements by pgbench."""
        script = _FLOOR.format(target=_HOT_TARGET if targets == 1 else _ANY_TARGET)
        return await pgbench(self.dsn, script, clients, self.seconds)

    def parties(self, targets: int = _ACCOUNTS, clients: int | None = None) -> dict[str, Party]:
        """All three."""
        count = clients or self.clients
        return {
            "floor": partial(self.floor, targets=targets, clients=count),
            "bare": partial(closed_loop, partial(self.post_bare, targets=targets), count, self.seconds),
            "joust": partial(closed_loop, partial(self.post, targets=targets), count, self.seconds),
        }

    async def count_statements(self) -> int:
        """Of one transfer, without BEGIN and COMMIT."""
        seen: list[object] = []

        def note(*arguments: object) -> None:
            seen.append(arguments[2])

        engine = self.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            await self.post(targets=_ACCOUNTS)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    async def count_entries(self) -> int:
        """Lines that are in the ledger."""
        return int(await self.pool.fetchval("SELECT count(*) FROM wallet.postings"))

    async def check(self) -> str:
        """No cent is lost, and each line is what was written."""
        async with self.database.transaction() as unit:
            found = await find_all_violations(unit.session)
            verified = await verify_journal(unit.session)
        assert found + verified.found == []
        return f"{verified.lines} lines add up, and their hashes are right"

    def _between(self, source: int, target: int) -> Transfer:
        return _transfer(_purse(self.owners[source]), _purse(self.owners[target]), 1)

    async def _write(self, transfers: list[Transfer]) -> None:
        async with self.database.transaction() as unit:
            book = await ledger.open_book(unit, transfers)
            for transfer in transfers:
                book.enter(transfer, unit.new_id())
            await ledger.write_book(unit, book)


async def measure(bench: Bench) -> RowResult:
    """Transfers in turn, spread and to one hot account, and the audit."""
    result = RowResult("ledger", "Row 11, ledger: a transfer between two accounts, committed")
    async with _ledgers(bench) as ledgers:
        for targets in (_ACCOUNTS, 1):
            where = "one hot account" if targets == 1 else f"{_ACCOUNTS} accounts"
            samples = await interleave(ledgers.parties(targets), bench.rounds)
            result.figures += [
                Figure(f"joust / bare asyncpg, {where}", ratio(samples, "joust", "bare"), at_least=1.0),
                Figure(f"joust / pgbench, {where}", ratio(samples, "joust", "floor")),
            ]
            result.details[f"rates, {where}"] = {
                name: median(each.rate for each in rounds) for name, rounds in samples.items()
            }
        statements = await ledgers.count_statements()
        result.counters = [Counter("SQL statements per transfer", statements, at_most=_BARE_STATEMENTS)]
        result.checked = await ledgers.check()
    await _through_http(bench, result)
    return result


async def _through_http(bench: Bench, result: RowResult) -> None:
    """Deposits beside the tasks of row 2, by the same clients and with keys of their own."""
    async with open_client({"Authorization": bench.authorization}) as session:
        money = Writer(session, f"{bench.gateway}/api/v1/wallet/deposits", json.dumps(_DEPOSIT).encode())
        tasks = Writer(session, f"{bench.gateway}/api/v1/tasks", json.dumps(a_task()).encode())
        before = (await bench.poster.balance())["available_cents"]
        both = {
            name: partial(closed_loop, writer.first, bench.clients, bench.seconds)
            for name, writer in (("deposit", money), ("task", tasks))
        }
        await interleave(both, 1)
        samples = await interleave(both, bench.rounds)
        roles = ["joust_gateway", "joust_wallet"]
        statements = await statements_per_request(bench.database, roles, money.first)
    name = "through HTTP: deposits / tasks of row 2, throughput"
    result.figures.append(Figure(name, ratio(samples, "deposit", "task"), at_least=0.8))
    each = sum(statement.per_request for statement in statements)
    result.counters.append(Counter("SQL statements per deposit through HTTP, with those of triggers", each))
    result.details["statements through HTTP"] = [
        f"{statement.per_request:.2f} {statement.role}: {statement.query[:120]}" for statement in statements
    ]
    gained = (await bench.poster.balance())["available_cents"] - before
    assert gained == len(money.made) * _DEPOSIT["amount_cents"], "a deposit was lost or made twice"
    result.checked += f"; {len(money.made)} deposits through HTTP are there once each"


async def curves(bench: Bench) -> list[Curve]:
    """Over entries, clients and accounts, and the statement of one account over its own lines."""
    async with _ledgers(bench) as ledgers:
        by_clients = [
            Point(
                clients,
                ratio(await interleave(ledgers.parties(clients=clients), bench.rounds), "joust", "bare"),
            )
            for clients in _CROWDS
        ]
        by_accounts = [
            Point(targets, ratio(await interleave(ledgers.parties(targets), bench.rounds), "joust", "bare"))
            for targets in _TARGETS
        ]
        statements = await _by_own_lines(ledgers, bench.rounds)
        by_entries = await _by_entries(ledgers, bench.rounds)
        await ledgers.check()
    return [
        _curve(
            "ledger-clients",
            "Ledger: by clients",
            "clients",
            "ratio of rate",
            "joust / bare asyncpg",
            by_clients,
        ),
        _curve(
            "ledger-accounts",
            "Ledger: by accounts that receive",
            "accounts",
            "ratio of rate",
            "joust / bare asyncpg",
            by_accounts,
        ),
        _curve(
            "ledger-statement",
            "Ledger: time of a line in the statement of one account, by its lines",
            "lines of the account",
            "time of a line",
            "/ of 100 lines",
            statements,
        ),
        _curve(
            "ledger-entries",
            "Ledger: by entries",
            "entries in the ledger",
            "ratio of rate",
            "/ itself at 20k",
            by_entries,
        ),
    ]


def _curve(name: str, title: str, x_label: str, y_label: str, line: str, points: list[Point]) -> Curve:
    return Curve(name, title, x_label, y_label, {line: points})


async def _by_entries(ledgers: Ledgers, rounds: int) -> list[Point]:
    first: list[Sample] = []
    points: list[Point] = []
    for wanted in _SIZES:
        await ledgers.grow((wanted - await ledgers.count_entries()) // 2)
        samples = (await interleave({"joust": ledgers.parties()["joust"]}, rounds))["joust"]
        first = first or samples
        points.append(Point(wanted, compared(samples, first)))
    return points


async def _by_own_lines(ledgers: Ledgers, rounds: int) -> list[Point]:
    """An account alone with its lines, among all others."""
    owners = {lines: _IDS.new() for lines in _OWN_LINES}
    for lines, owner in owners.items():
        await ledgers.fill(owner, lines)

    def reader(owner: UUID, lines: int) -> Party:
        async def read() -> Sample:
            began = time.perf_counter()
            for _ in range(_STATEMENTS_READ):
                assert await ledgers.read_statement(owner) == lines
            return Sample(_STATEMENTS_READ * lines, time.perf_counter() - began)

        return read

    parties = {str(lines): reader(owner, lines) for lines, owner in owners.items()}
    samples = await interleave(parties, rounds)
    fewest = samples[str(_OWN_LINES[0])]
    return [Point(lines, compared(fewest, samples[str(lines)])) for lines in _OWN_LINES]


def _purse(owner_id: UUID) -> AccountKey:
    return AccountKey(owner_id, AccountKind.AVAILABLE, "usd")


def _transfer(source: AccountKey, target: AccountKey, cents: int) -> Transfer:
    cause = _IDS.new()
    made = Transfer.of(f"bench:{cause}", TransferKind.DEPOSIT, cause, [(source, -cents), (target, cents)])
    assert made is not None
    return made


@asynccontextmanager
async def _ledgers(bench: Bench) -> AsyncIterator[Ledgers]:
    dsn = await new_database(bench.stack, _DATABASE, schema="wallet")
    patient = {"database_statement_timeout_seconds": _LIMIT_SECONDS}  # the audit reads everything
    settings = settings_of(dsn, bench.stack).model_copy(update=patient)
    await asyncio.to_thread(upgrade, "joust_wallet", str(settings.database_url))
    engine = open_engine(settings, application_name="bench", pool_size=_MOST_CLIENTS, max_overflow=0)
    pool = await asyncpg.create_pool(dsn, min_size=bench.clients, max_size=_MOST_CLIENTS)
    try:
        await pool.execute(_BARE_TABLES)
        ledgers = Ledgers(dsn, Database(engine, KIT), pool, bench.clients, bench.seconds)
        await ledgers.fund()
        yield ledgers
    finally:
        await pool.close()
        await engine.dispose()
