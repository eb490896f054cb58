"""Row 11: a transfer between two accounts, committed; accounts chosen at random, or one of them always the same.

The wallet's own ledger runs in the process of the bench, on a database of its own with the service's migrations.
Beside it the double entry that a user would write instead, with asyncpg: rows locked in order, balances updated,
a transfer and two entries inserted. The floor is pgbench with that one's statements.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from uuid import UUID

import asyncpg
from sqlalchemy import event

from joust_contracts.vocabulary import TransferKind
from joust_kit.database.connections import open_engine
from joust_kit.database.database import Database
from joust_kit.database.migrations import upgrade
from joust_kit.ids import RandomIds
from joust_wallet.auditor import find_all_violations
from joust_wallet.base import KIT
from joust_wallet.ledger import commands as ledger
from joust_wallet.ledger.rules import AccountKey, AccountKind, Transfer
from joust_wallet.ledger.verification import verify_journal
from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.loadclient import closed_loop
from tests.performance.pgbench import pgbench
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Party, Sample, compared, interleave, ratio
from tests.performance.yard import new_database, settings_of

_DATABASE = "bench_ledger"
_ACCOUNTS = 1_000
_OPENING_CENTS = 1_000_000_000
_AT_ONCE = 500
_LIMIT_SECONDS = 60
_IDS = RandomIds()
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

    def places(self, *, hot: bool) -> tuple[int, int]:
        """From which account to which; never the same."""
        source = self.chance.randrange(1, _ACCOUNTS)
        if hot:
            return source, 0
        return source, (source + self.chance.randrange(1, _ACCOUNTS - 1)) % _ACCOUNTS

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
            await self._write([self._between(*self.places(hot=False)) for _ in range(count)])

    async def post(self, *, hot: bool) -> None:
        """One transfer of the wallet's."""
        transfer = self._between(*self.places(hot=hot))
        async with self.database.transaction() as unit:
            await ledger.post(unit, transfer)

    async def post_bare(self, *, hot: bool) -> None:
        """One of the peer's."""
        source, target = self.places(hot=hot)
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.fetch(_LOCK, source, target)
            less = await connection.fetchval(_CHANGE, source, -1)
            more = await connection.fetchval(_CHANGE, target, 1)
            made = await connection.fetchval(_TRANSFER)
            await connection.execute(_ENTRIES, made, source, -1, less, target, 1, more)

    async def floor(self, *, hot: bool) -> Sample:
        """The peer's statements by pgbench."""
        script = _FLOOR.format(target=_HOT_TARGET if hot else _ANY_TARGET)
        return await pgbench(self.dsn, script, self.clients, self.seconds)

    def parties(self, *, hot: bool) -> dict[str, Party]:
        """All three."""
        return {
            "floor": partial(self.floor, hot=hot),
            "bare": partial(closed_loop, partial(self.post_bare, hot=hot), self.clients, self.seconds),
            "joust": partial(closed_loop, partial(self.post, hot=hot), self.clients, self.seconds),
        }

    async def count_statements(self) -> int:
        """Of one transfer, without BEGIN and COMMIT."""
        seen: list[object] = []

        def note(*arguments: object) -> None:
            seen.append(arguments[2])

        engine = self.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            await self.post(hot=False)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

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
        for hot in (False, True):
            where = "one hot account" if hot else f"{_ACCOUNTS} accounts"
            samples = await interleave(ledgers.parties(hot=hot), bench.rounds)
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
    return result


async def curves(bench: Bench) -> list[Curve]:
    """Over the entries that are there, against itself at the beginning."""
    async with _ledgers(bench) as ledgers:
        first: list[Sample] = []
        points: list[Point] = []
        entries = 2 * _ACCOUNTS
        for wanted in (entries, 20_000, 200_000):
            await ledgers.grow((wanted - entries) // 2)
            entries = max(entries, wanted)
            one = {"joust": ledgers.parties(hot=False)["joust"]}
            samples = (await interleave(one, bench.rounds))["joust"]
            first = first or samples
            points.append(Point(wanted, compared(samples, first)))
        await ledgers.check()
    series = {"joust / itself at 2k": points}
    return [Curve("ledger-entries", "Ledger: by entries", "entries in the ledger", "ratio of rate", series)]


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
    engine = open_engine(settings, application_name="bench", pool_size=bench.clients, max_overflow=0)
    pool = await asyncpg.create_pool(dsn, min_size=bench.clients, max_size=bench.clients)
    try:
        await pool.execute(_BARE_TABLES)
        ledgers = Ledgers(dsn, Database(engine, KIT), pool, bench.clients, bench.seconds)
        await ledgers.fund()
        yield ledgers
    finally:
        await pool.close()
        await engine.dispose()
