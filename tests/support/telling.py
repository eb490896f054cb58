"""Checkers: every change was told. Nobody but the teller knows of an event that never left."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events import EvaluationSnapshotEvent, EventData, LeaderboardSnapshotEvent
from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from joust_kit.messaging.envelope import Message
from joust_kit.messaging.republish import Aggregate, read_page
from tests.support.checkers import is_readable
from tests.support.services import database_of, service_of

Versions = dict[tuple[str, str], set[int]]

_TELL_EVERY_VERSION = {
    ServiceName.GATEWAY.topic,
    ServiceName.TASK.topic,
    ServiceName.SUBMISSION.topic,
    ServiceName.EVALUATION.topic,
    ServiceName.WALLET.topic,
}
"""Here each version of an aggregate is told; a delivery is told of when it is over, a board by its own count, a
matching beside it."""


def versions_told(messages: Iterable[Message]) -> Versions:
    """Versions in the topics by topic and aggregate."""
    told: Versions = defaultdict(set)
    for message in messages:
        if message.topic in {name.topic for name in ServiceName} and is_readable(message):
            place = (message.topic, message.headers["ce_subject"])
            told[place].add(int(message.headers["ce_aggregateversion"]))
    return told


def skipped_versions(messages: Iterable[Message]) -> list[str]:
    """Versions that were left out between the first and the last that were told."""
    return [
        f"{topic} {subject}: told {sorted(versions)}"
        for (topic, subject), versions in versions_told(messages).items()
        if topic in _TELL_EVERY_VERSION and len(versions) != max(versions) - min(versions) + 1
    ]


async def untold(stack: Stack, messages: Iterable[Message]) -> list[str]:
    """Aggregates whose present version is not in the topics."""
    told = versions_told(messages)
    missing: list[str] = []
    for name in ServiceName:
        service = service_of(stack, name)
        async with database_of(service) as database, database.reading() as session:
            for each in service.aggregates:
                missing += [
                    f"{name}: {data.wire_type()} {data.aggregate_id} is at {data.aggregate_version}"
                    for data in await _all(session, each)
                    if _was_to_be_told(data)
                    and data.aggregate_version not in told[name.topic, str(data.aggregate_id)]
                ]
    return missing


def _was_to_be_told(data: EventData) -> bool:
    """False where there is no news before the next step."""
    if isinstance(data, EvaluationSnapshotEvent):
        return data.version > 1
    return not isinstance(data, LeaderboardSnapshotEvent) or data.is_final


async def _all(session: AsyncSession, aggregate: Aggregate) -> list[EventData]:
    described: list[EventData] = []
    after: UUID | None = None
    while True:
        rows = await read_page(session, aggregate.model, after, 500, lock=False)
        described += await aggregate.describe(session, rows)
        if len(rows) < 500:
            return described
        (after,) = inspect(rows[-1]).identity
