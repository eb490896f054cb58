"""Row 7: an event in Kafka to its signed POST that was answered 2xx, with the attempt recorded.

The events are deals that nobody made, told to the webhook service alone: no other service acts on them. The floor is
one process that signs the same message and posts it, as many at once, to the same receiver. svix-server and Outpost,
the peers, are built from their own sources, so they are not part of this run.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import cycle, islice
from uuid import UUID

import aiohttp
from aiokafka import AIOKafkaProducer

from joust_contracts.vocabulary import WebhookEventType
from joust_contracts.webhook_messages import MESSAGE_TYPES
from joust_embedded.bounty.client import Party as Client
from joust_kit.ids import RandomIds
from joust_kit.testing.component import message_from
from joust_webhook.deliveries.rules.signing import message_id, signed_headers
from joust_webhook.vault import new_secret
from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.floors import Floor, floor
from tests.performance.hook_receiver import SLOW
from tests.performance.loadclient import open_client
from tests.performance.peers import Peer, running
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Party, Ratio, Sample, Samples, compared, interleave, ratio
from tests.support.arena import Arena, eventually
from tests.support.deals import a_deal

_DEAL = next(each for each in MESSAGE_TYPES if each.name == WebhookEventType.DEAL_CREATED)
_BURST = 500
"""Deliveries of a turn."""
_SINGLE_EVENTS = 40
_PER_ACCOUNT = 20
"""Webhooks that an account may have."""
_HEALTHY = 10
_AT_ONCE = 32
_EVENTS_A_SECOND = 5.0
_STEPS = (1, 20, 200, 1_000)
_SHARES = (0, 2, 5, 10)
"""Webhooks beside ten healthy ones that take half a minute: none, a sixth, a third, half of all."""
_SHARE_ROUNDS = 3
"""Of each share: what its slow webhooks have under way has to end before the next turn."""
_SIGNED_UP_AT_ONCE = 8
_LIMIT_SECONDS = 300.0
_LOOK_SECONDS = 0.01

new_id = RandomIds().new


@dataclass(frozen=True)
class _Account:
    """Who is told, and its webhooks that take half a minute."""

    party: Client
    slow: list[str]

    @property
    def id(self) -> UUID:
        return UUID(self.party.account_id)


@dataclass
class _Yard:
    """The stack's webhook service, a way to tell it of deals, and a receiver."""

    bench: Bench
    arena: Arena
    receiver: Peer
    producer: AIOKafkaProducer
    session: aiohttp.ClientSession
    told: dict[str, float] = field(default_factory=dict)
    """When each event of this turn was handed to Kafka, by its message's id."""
    delivered: int = 0
    again: int = 0
    _hooks: int = 0

    async def account(self, webhooks: int, *, slow: int = 0) -> _Account:
        """An account with webhooks that answer at once, and some that take half a minute."""
        made = _Account(await self.arena.sign_up("Poster"), [])
        for number in range(webhooks + slow):
            self._hooks += 1
            is_slow = number >= webhooks
            path = f"{SLOW}{self._hooks}" if is_slow else f"/{self._hooks}"
            hook = await made.party.register_webhook(self.receiver.url + path, ["deal.created"])
            made.slow.extend([hook["id"]] * is_slow)
        return made

    async def accounts(self, number: int, webhooks: int) -> list[_Account]:
        """So many accounts with as many webhooks each that answer at once."""
        places = asyncio.Semaphore(_SIGNED_UP_AT_ONCE)

        async def one() -> _Account:
            async with places:
                return await self.account(webhooks)

        return await asyncio.gather(*(one() for _ in range(number)))

    async def tell(self, account: _Account) -> None:
        """A deal of the account; returns once Kafka has it."""
        event = a_deal(account.id)
        message = message_from(event)
        headers = [(name, value.encode()) for name, value in message.headers.items()]
        self.told[message_id(event.id)] = time.time()
        await self.producer.send_and_wait(message.topic, message.value, message.key, headers=headers)

    async def burst(self, accounts: list[_Account], webhooks: int) -> Sample:
        """Events for the accounts in turn, each with so many webhooks, until all attempts are recorded."""
        await self._forget()
        events = max(1, _BURST // webhooks)
        chosen = list(islice(cycle(accounts), events))
        began = time.perf_counter()
        await asyncio.gather(*map(self.tell, chosen))
        seen = await self._all_came(events * webhooks)
        await self._all_over(accounts)
        sample = Sample(len(seen), time.perf_counter() - began)
        self._count(seen)
        return sample

    async def one_by_one(self, account: _Account) -> Sample:
        """Events at a steady rate; milliseconds from Kafka's hand to the first byte at each healthy webhook."""
        await self._forget()
        for _ in range(_SINGLE_EVENTS):
            began = time.perf_counter()
            await self.tell(account)
            await asyncio.sleep(max(0.0, 1 / _EVENTS_A_SECOND - (time.perf_counter() - began)))
        seen = await self._all_came(_SINGLE_EVENTS * _HEALTHY)
        self._count(seen)
        latencies = [(times[0] - self.told[place.split(" ")[1]]) * 1e3 for place, times in seen.items()]
        return Sample(len(seen), sum(latencies) / 1e3, latencies)

    async def one_by_one_beside_slow_ones(self, slow: int = _HEALTHY) -> Sample:
        """The same for an account with webhooks that do not answer in time, too; they end with it."""
        account = await self.account(_HEALTHY, slow=slow)
        sample = await self.one_by_one(account)
        for id in account.slow:
            (await account.party.http.delete(f"/api/v1/webhooks/{id}")).raise_for_status()
        await self._all_over([account])
        return sample

    async def post(self, secret: str, body: str) -> Sample:
        """The floor: sign and post, so many at once."""
        places = asyncio.Semaphore(_AT_ONCE)
        url = f"{self.receiver.url}/floor"

        async def one() -> None:
            async with places:
                headers = signed_headers(new_id(), body, [secret], datetime.now(UTC))
                async with self.session.post(url, data=body.encode(), headers=headers) as answer:
                    assert answer.status == 204

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(_BURST)))
        return Sample(_BURST, time.perf_counter() - began)

    async def _forget(self) -> None:
        self.told.clear()
        async with self.session.delete(self.receiver.url) as answer:
            assert answer.status == 204

    async def _all_came(self, wanted: int) -> Mapping[str, list[float]]:
        """What came to healthy webhooks, once that is as much as was wanted."""
        seen: dict[str, list[float]] = {}

        async def enough() -> bool:
            async with self.session.get(self.receiver.url) as answer:
                if await answer.json(content_type=None) < wanted:
                    return False
            async with self.session.get(f"{self.receiver.url}/seen") as answer:
                came: dict[str, list[float]] = await answer.json(content_type=None)
            seen.update((place, times) for place, times in came.items() if not place.startswith(SLOW))
            return len(seen) >= wanted

        await eventually(enough, seconds=_LIMIT_SECONDS, every=_LOOK_SECONDS)
        assert len(seen) == wanted, f"{len(seen)} messages came, and {wanted} were to come"
        return seen

    async def _all_over(self, accounts: list[_Account]) -> None:
        """Return once nothing is pending for the accounts: each attempt is recorded."""
        query = "SELECT NOT EXISTS (SELECT FROM webhook.deliveries WHERE account_id = ANY($1) AND state = 'pending')"
        ids = [account.id for account in accounts]

        async def over() -> bool:
            return bool(await self.bench.database.fetchval(query, ids))

        await eventually(over, seconds=_LIMIT_SECONDS, every=_LOOK_SECONDS)

    def _count(self, seen: Mapping[str, list[float]]) -> None:
        self.delivered += len(seen)
        self.again += sum(len(times) - 1 for times in seen.values())


async def measure(bench: Bench) -> RowResult:
    """Bursts in turn, single events in turn, and the check that each message came, and how often."""
    result = RowResult("webhooks", "Row 7, webhook: event in Kafka -> signed POST answered 2xx -> recorded")
    async with _open_yard(bench) as yard, floor(bench.stack) as bare:
        crowd, few = await yard.account(_PER_ACCOUNT), await yard.account(_HEALTHY)
        parties: dict[str, Party] = {
            "posts": partial(yard.post, new_secret(), json.dumps(_DEAL.example)),
            "joust": partial(yard.burst, [crowd], _PER_ACCOUNT),
        }
        await interleave(parties, 1)
        bursts = await interleave(parties, bench.rounds)
        single = await interleave(
            {
                "bare": partial(_hop_and_commit, bare),
                "alone": partial(yard.one_by_one, few),
                "beside slow": yard.one_by_one_beside_slow_ones,
            },
            bench.rounds,
        )
        result.figures = [
            Figure(
                "deliveries a second / signed posts a second", ratio(bursts, "joust", "posts"), at_least=0.25
            ),
            Figure(
                "event to first byte, p50 / (a Kafka hop + a commit)", ratio(single, "alone", "bare", _p50)
            ),
            Figure("event to first byte, p99 / (a Kafka hop + a commit), p50", _over_p50(single)),
            Figure(
                "p99 of healthy webhooks, half of all 30 s slow / none",
                ratio(single, "beside slow", "alone", _p99),
                at_most=2,
            ),
        ]
        result.counters = [Counter("messages that came twice", yard.again, at_most=0)]
        result.checked = f"{yard.delivered} messages came to each webhook that was to get them"
    return result


async def curves(bench: Bench) -> list[Curve]:
    """Over webhooks that share the same number of deliveries, against themselves with one."""
    points: list[Point] = []
    first: list[Sample] = []
    async with _open_yard(bench) as yard:
        for count in _STEPS:
            each = min(count, _PER_ACCOUNT)
            accounts = await yard.accounts(count // each, each)
            bursts = await interleave({"joust": partial(yard.burst, accounts, each)}, bench.rounds)
            first = first or bursts["joust"]
            points.append(Point(count, compared(bursts["joust"], first)))
        beside = await interleave(
            {str(slow): partial(yard.one_by_one_beside_slow_ones, slow) for slow in _SHARES},
            min(bench.rounds, _SHARE_ROUNDS),
        )
    late = [
        Point(100 * slow / (_HEALTHY + slow), ratio(beside, str(slow), "0", _p99)) for slow in _SHARES[1:]
    ]
    return [
        Curve(
            "webhooks-endpoints",
            "Webhooks: by endpoints",
            "endpoints",
            "ratio of rate",
            {"joust / itself with one": points},
        ),
        Curve(
            "webhooks-slow",
            "Webhooks: p99 of the healthy, beside those that take 30 s",
            "share in %",
            "ratio of p99",
            {"joust / itself with none": late},
        ),
    ]


async def _hop_and_commit(bare: Floor) -> Sample:
    hops = await bare.hop_seconds(_SINGLE_EVENTS)
    commits = await bare.commit_seconds(_SINGLE_EVENTS)
    latencies = [(hop + commit) * 1e3 for hop, commit in zip(hops, commits, strict=True)]
    return Sample(_SINGLE_EVENTS, sum(latencies) / 1e3, latencies)


def _p50(sample: Sample) -> float:
    return sample.p50_ms


def _p99(sample: Sample) -> float:
    return sample.p99_ms


def _over_p50(single: Samples) -> Ratio:
    rounds = zip(single["alone"], single["bare"], strict=True)
    return Ratio(tuple(one.p99_ms / other.p50_ms for one, other in rounds))


@asynccontextmanager
async def _open_yard(bench: Bench) -> AsyncIterator[_Yard]:
    producer = AIOKafkaProducer(
        bootstrap_servers=bench.stack.kafka_bootstrap, enable_idempotence=True, acks="all", linger_ms=0
    )
    arena = Arena(bench.stack)
    async with running("hook_receiver:app", "") as receiver, open_client() as session:
        await producer.start()
        try:
            yield _Yard(bench, arena, receiver, producer, session)
        finally:
            await producer.stop()
            await arena.close()
