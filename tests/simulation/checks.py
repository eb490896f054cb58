"""What must hold at the end of every run, once the world has come to rest."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any
from uuid import UUID

from joust_contracts.events import EVENTS_BY_TYPE, TaskMatched
from joust_contracts.events.audience import accounts_told_of
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import SubmissionStatus
from joust_kit.messaging.envelope import Message, decode
from joust_wallet.auditor import find_all_violations
from joust_webhook.deliveries.rules.signing import message_id
from tests.simulation.clients import PRICE_CENTS, Bounty
from tests.simulation.session import Rows, Session
from tests.simulation.world import World
from tests.support.checkers import UNFOLLOWED, versions_rise

Projection = tuple[str, str]
_PROJECTIONS = {
    "task": ("submission.tasks", "evaluation.tasks", "wallet.tasks", "ranking.tasks"),
    "submission": ("wallet.submissions",),
}
"""Tables that hold the newest snapshot of an aggregate, by the service that owns it."""
_ANNOUNCED = {
    "task.published.v1",
    "task.deadline_passed.v1",
    "task.closed.v1",
    "submission.received.v1",
    "submission.completed.v1",
    "submission.failed.v1",
    "evaluation.completed.v1",
    "deal.created.v1",
}


_ABOUT = {
    "task": re.compile(r"task\.(?!funding_|payout_|refund_)"),
    "submission": re.compile(r"submission\."),
}
"""News of the aggregate itself, and not of its money, or of drops and competitions."""
_TRANSFERS_OF_ESCROWS_AND_WITHDRAWALS = """
    SELECT (SELECT count(held_at) + count(*) FILTER (WHERE status = 'paid' OR released_cents > 0) FROM wallet.escrows)
        + (SELECT count(*) + count(ended_at) FROM wallet.withdrawals)
"""
UNDECIDED = """
    SELECT 'drop', drops.id, drops.status, escrows.status FROM task.drops
    LEFT JOIN wallet.escrows ON escrows.id = drops.id
    WHERE (escrows.status = CASE drops.status WHEN 'verified' THEN 'paid' ELSE 'released' END
        AND drops.status IN ('verified', 'cancelled', 'failed')
        AND (drops.status <> 'verified' OR payouts -> 0 ->> 'account_id' = drops.result ->> 'account_id')) IS NOT TRUE
    UNION ALL
    SELECT 'budget', task_id, budgets.status, escrows.status FROM task.budgets
    LEFT JOIN wallet.escrows ON escrows.id = task_id
    WHERE (budgets.status = escrows.status AND budgets.status IN ('paid', 'released')) IS NOT TRUE
    UNION ALL
    SELECT 'competition', competitions.id, competitions.status, escrows.status FROM task.competitions
    LEFT JOIN wallet.escrows ON escrows.id = competitions.id
    WHERE (CASE competitions.status
        WHEN 'awarded' THEN escrows.status = 'paid' AND prize_status = 'paid'
            AND escrows.payouts -> 0 ->> 'account_id' = winner ->> 'account_id'
        WHEN 'expired' THEN escrows.status = 'released' AND prize_status = 'refunded'
        WHEN 'draft' THEN coalesce(escrows.status, 'rejected') = 'rejected'
    END) IS NOT TRUE
"""
"""Posted work that is not over, or whose money went elsewhere than it was decided. At rest there is none."""


class Violation(AssertionError):
    """A promise was broken; the message says which."""


def is_quiet(world: World, admin: Session) -> bool:
    """True if no work is left: no event on its way, no retry, no job, also none that is due later."""
    waiting = " UNION ALL ".join(
        f"SELECT count(*) FROM {name}.outbox UNION ALL SELECT count(*) FROM {name}.inbox_retries"
        f" UNION ALL SELECT count(*) FROM {name}.{name}_jobs"
        for name in ServiceName
    )
    if any(count != "0" for [count] in admin.query(waiting)):
        return False
    return all(_has_read_all(world, name) for name in ServiceName)


def _has_read_all(world: World, name: ServiceName) -> bool:
    subscriptions = _subscriptions(name)
    offsets = world.memory._committed[subscriptions.group]
    places = world.memory.places(subscriptions.topics)
    return all(offsets.get(place, 0) == len(world.memory.log_of(place)) for place in places)


def _subscriptions(name: ServiceName) -> Any:
    return import_module(f"joust_{name}.subscriptions").SUBSCRIPTIONS


class Checks:
    """Looks at what clients were told, what was sent and what the databases hold."""

    def __init__(self, bounty: Bounty, admin: Session) -> None:
        self._bounty = bounty
        self._world = bounty.world
        self._history = bounty.history
        self._admin = admin
        self.messages: list[Message] = [
            message
            for name in ServiceName
            for place in self._world.memory.places([name.topic])
            for message in self._world.memory.log_of(place)
        ]

    async def all(self) -> None:
        """Raise ``Violation`` with all that is wrong."""
        wrong = [
            *self._set(),
            *self._events(),
            *self._projections(),
            *self._scores(),
            *self._verdicts(),
            *self._end_of_task(),
            *self._money(),
            *self._webhooks(),
            *self._event_logs(),
            *await self._ledger(),
        ]
        try:
            versions_rise(self.messages)
        except AssertionError as error:
            wrong.append(f"order: {error}")
        if wrong:
            raise Violation("; ".join(wrong))

    def _query(self, sql: str) -> Rows:
        return self._admin.query(sql)

    def _column(self, sql: str) -> list[str]:
        return [str(row[0]) for row in self._query(sql)]

    def _of_type(self, *types: str) -> dict[str, Any]:
        """Data of distinct events by id."""
        found = [message for message in self.messages if message.wire_type in types]
        return {message.headers["ce_id"]: json.loads(message.value) for message in found}

    def _set(self) -> Iterator[str]:
        history = self._history
        for table, told in (
            ("task.tasks", history.tasks),
            ("submission.submissions", history.submissions),
            ("wallet.deals", history.deals),
            ("wallet.withdrawals", history.withdrawals),
        ):
            if sorted(self._column(f"SELECT id FROM {table}")) != sorted(told):
                yield f"set: {table} is not what clients were told"
        deposits = self._column(
            "SELECT idempotency_key FROM wallet.transfers WHERE idempotency_key ~ '^deposit:'"
        )
        if sorted(deposits) != sorted(f"deposit:{id}" for id in history.deposits):
            yield "set: deposits are not what clients were told"

    def _events(self) -> Iterator[str]:
        for name in ServiceName:
            if dead := [
                m
                for p in self._world.memory.places([name.dead_letter_topic])
                for m in self._world.memory.log_of(p)
            ]:
                yield f"events: {name} gave up {dead[0].wire_type}: {dead[0].headers}"
            table = _subscriptions(name)
            wanted = {m.headers["ce_id"] for m in self.messages if m.wire_type in table.by_type}
            handled = set(self._column(f"SELECT event_id FROM {name}.inbox"))
            if missing := wanted - handled:
                yield f"events: {name} did not handle {len(missing)} of {len(wanted)}"
            if self._column(f"SELECT count(*) FROM {name}.{name}_dead_jobs") != ["0"]:
                yield f"events: {name} has dead jobs"

    def _projections(self) -> Iterator[str]:
        for owner, tables in _PROJECTIONS.items():
            newest: dict[str, int] = defaultdict(int)
            for message in self.messages:
                is_owners = message.headers["ce_source"] == f"/joust/{owner}"
                if is_owners and _ABOUT[owner].match(message.wire_type):
                    subject, version = (
                        message.headers["ce_subject"],
                        int(message.headers["ce_aggregateversion"]),
                    )
                    newest[subject] = max(newest[subject], version)
            own = {
                str(id): int(version or 0)
                for id, version in self._query(f"SELECT id, version FROM {owner}.{owner}s")
            }
            if own != dict(newest):
                yield f"projections: {owner} is at {own}, and told {dict(newest)}"
            for table in tables:
                known = {
                    str(id): int(version or 0)
                    for id, version in self._query(f"SELECT id, version FROM {table}")
                }
                if known != dict(newest):
                    yield f"projections: {table} has {known} instead of {dict(newest)}"

    def _scores(self) -> Iterator[str]:
        ended: dict[tuple[str, int], list[str]] = defaultdict(list)
        scored: dict[str, tuple[int, str, float]] = {}
        """Of each submission the newest iteration that was scored, its account and the score."""
        for data in self._of_type("evaluation.completed.v1").values():
            judged = data["submission"]
            ended[judged["id"], judged["iteration"]].append(SubmissionStatus.COMPLETED)
            result = judged["iteration"], judged["account_id"], data["judgement"]["final_score"]
            scored[judged["id"]] = max(scored.get(judged["id"], result), result)
        for data in self._of_type("evaluation.failed.v1").values():
            judged = data["submission"]
            ended[judged["id"], judged["iteration"]].append(SubmissionStatus.EVALUATION_FAILED)
        unfinished = self._history.unfinished
        stored = self._query("SELECT id, iteration, status FROM submission.submissions")
        rows = [row for row in stored if str(row[0]) not in unfinished]
        if wrong := [
            row for row in stored if str(row[0]) in unfinished and row[2] != SubmissionStatus.FAILED
        ]:
            yield f"scores: never completed, and yet {wrong}"
        begun = {(str(id), n) for id, newest, _ in rows for n in range(1, int(newest or 0) + 1)}
        if bad := {each: ended[each] for each in begun | set(ended) if len(ended[each]) != 1}:
            yield f"scores: not one end for each evaluation: {bad}"
            return
        if wrong := [row for row in rows if [row[2]] != ended[str(row[0]), int(row[1] or 0)]]:
            yield f"scores: submissions are {wrong}, and judged {dict(ended)}"
        if {id for id, _ in begun} != set(self._history.submissions) - unfinished:
            yield f"scores: submissions are {rows}, and told {self._history.submissions}"
        if self._column("SELECT count(*) FROM submission.submissions WHERE iteration > 1") != [
            str(len(set(self._history.re_evaluations)))
        ]:
            yield "scores: re-evaluations are not what clients were told"
        best: dict[str, float] = defaultdict(float)
        for _, account, score in scored.values():
            best[account] = max(best[account], score)
        standings = self._query("SELECT account_id, best_score FROM ranking.standings")
        if {str(account): float(score or 0) for account, score in standings} != dict(best):
            yield f"scores: standings are {standings} instead of {dict(best)}"

    def _verdicts(self) -> Iterator[str]:
        """The poster's own judge is taken at its word, once for an evaluation, and nobody else is."""
        told = self._history.verdicts
        if not self._bounty.is_judged_by_poster:
            return
        ended: dict[str, float | None] = {
            data["evaluation_id"]: data["judgement"]["final_score"]
            for data in self._of_type("evaluation.completed.v1").values()
            if data["submission"]["task_id"] == self._bounty.task_id
        }
        scored = set(ended)
        ended |= {data["evaluation_id"]: None for data in self._of_type("evaluation.failed.v1").values()}
        if len(dict(told)) != len(told):
            yield f"verdicts: of one evaluation several were taken: {told}"
        if wrong := [(id, score) for id, score in told if id not in ended or ended[id] != score]:
            yield f"verdicts: {wrong} were taken, and came out as {ended}"
        if unsaid := scored - set(dict(told)):
            yield f"verdicts: nobody knows who scored {unsaid}"

    def _end_of_task(self) -> Iterator[str]:
        task_id = self._bounty.task_id
        if task_id and self._column(f"SELECT status FROM task.tasks WHERE id = '{task_id}'") != ["closed"]:
            yield "task: it is not closed"

    def _money(self) -> Iterator[str]:
        for id in self._history.deals:
            paid = self._column(f"SELECT count(*) FROM wallet.transfers WHERE idempotency_key = 'deal:{id}'")
            status = self._column(f"SELECT status FROM wallet.deals WHERE id = '{id}'")
            if (paid, status) != (["1"], ["settled"]):
                yield f"money: deal {id} was paid {paid[0]} times and is {status}"
        others = int(self._column(_TRANSFERS_OF_ESCROWS_AND_WITHDRAWALS)[0])
        transfers = int(self._column("SELECT count(*) FROM wallet.transfers")[0])
        if transfers != len(self._history.deals) + len(self._history.deposits) + others:
            yield f"money: {transfers} transfers for what clients asked"
        yield from self._all_is_there()
        if undecided := self._query(UNDECIDED):
            yield f"money: it is not where it was decided to go: {undecided}"
        if unfollowed := self._query(UNFOLLOWED):
            yield f"money: it is not where posted work wants it: {unfollowed}"

    def _all_is_there(self) -> Iterator[str]:
        """What came in less what went out is what accounts have; nothing is held, and nothing went out twice."""
        paid = self._query("SELECT id, amount_cents FROM wallet.withdrawals WHERE status = 'paid'")
        went_out = {str(id): int(cents or 0) for id, cents in paid}
        if went_out != self._world.rail.sent:
            yield f"money: {went_out} was paid out, and {self._world.rail.sent} sent"
        fees = len(self._history.deals) * PRICE_CENTS // 10
        expected = self._history.deposited_cents - fees - sum(went_out.values())
        owned = self._query(
            "SELECT kind, sum(balance_cents) FROM wallet.accounts WHERE owner_id IS NOT NULL GROUP BY 1"
        )
        there = {str(kind): int(cents or 0) for kind, cents in owned}
        if there.get("available", 0) != expected or there.get("held", 0) != 0:
            yield f"money: accounts have {there} instead of {expected}"

    def _webhooks(self) -> Iterator[str]:
        since, poster = self._history.webhook_since, self._bounty.poster.account_id
        told = [message for message in self.messages if message.wire_type in _ANNOUNCED]
        wanted = {
            message.headers["ce_id"]
            for message in told
            if since is not None
            and poster in map(str, accounts_told_of(decode(message, EVENTS_BY_TYPE).data))
        }
        yield from self._matches()
        rows = self._query(
            "SELECT id, event_id, state FROM webhook.deliveries WHERE event_type <> 'task.matched'"
        )
        if {str(row[1]) for row in rows} != wanted or len(rows) != len(wanted):
            yield f"webhooks: {len(rows)} deliveries for {len(wanted)} events"
        undelivered = [id for id, _, state in rows if state != "delivered"]
        if undelivered or {message_id(UUID(str(row[1]))) for row in rows} - set(self._world.receiver.ids):
            yield f"webhooks: {len(undelivered)} were not delivered"

    def _event_logs(self) -> Iterator[str]:
        told: set[tuple[str, str]] = set()
        for message in self.messages:
            event = decode(message, EVENTS_BY_TYPE)
            id = event.data.task.id if isinstance(event.data, TaskMatched) else event.id
            told |= {(str(account), str(id)) for account in accounts_told_of(event.data)}
        rows = self._query("SELECT account_id, event_id, position FROM webhook.events ORDER BY position")
        logged = [(str(account), str(event)) for account, event, _ in rows]
        if sorted(logged) != sorted(told):
            yield f"event logs: {len(logged)} entries for {len(told)}"
        positions: dict[str, list[int]] = defaultdict(list)
        for account, _, position in rows:
            positions[str(account)].append(int(position or 0))
        if any(found != list(range(1, len(found) + 1)) for found in positions.values()):
            yield f"event logs: positions are {list(positions.values())}"

    def _matches(self) -> Iterator[str]:
        events = self._of_type("task.matched.v1").values()
        told = [(data["task"]["id"], agent["agent_id"]) for data in events for agent in data["agents"]]
        if len(told) != len(set(told)) or {agent for _, agent in told} - {self._bounty.agents[0].agent_id}:
            yield f"matches: {told} were told"
        if sorted(told) != sorted(map(tuple, self._query("SELECT task_id, agent_id FROM ranking.matches"))):
            yield "matches: whom ranking told is not what it knows of"
        sent = self._query("SELECT event_id, state FROM webhook.deliveries WHERE event_type = 'task.matched'")
        if sorted(map(tuple, sent)) != sorted((task, "delivered") for task, _ in told):
            yield f"matches: {sent} were sent for {told}"
        if unfinished := self._column("SELECT task_id FROM ranking.matchings WHERE stage <> 'done'"):
            yield f"matches: the search for {unfinished} goes on"

    async def _ledger(self) -> Sequence[str]:
        async with self._world.runtimes[ServiceName.WALLET].database.reading() as session:
            found = await find_all_violations(session)
        return [f"bank: {violation}" for violation in found]
