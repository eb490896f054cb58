"""Where the time between an answer and its score goes, told by the events themselves."""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from joust_kit.messaging.envelope import Message
from tests.support.checkers import read_topic

_EVENTS = ("evaluation.started.v1", "evaluation.completed.v1", "submission.completed.v1")
_NAMES = {
    "evaluation.started.v1": "relayed, queued, leased, artifact fetched",
    "evaluation.completed.v1": "started, judged",
    "submission.completed.v1": "relayed, handled by submission",
    "told": "committed, relayed, read from three services, sent",
}


class Moments(NamedTuple):
    """What the client saw of one submission, in seconds since 1970."""

    answered: float
    told: float


async def steps_of(stack: Stack, submissions: Mapping[str, Moments]) -> dict[str, float]:
    """Median milliseconds of each step; an event's time is that of its emission, just before its commit."""
    moments: dict[str, dict[str, float]] = defaultdict(dict)
    for service in (ServiceName.EVALUATION, ServiceName.SUBMISSION):
        for message in await read_topic(stack.kafka_bootstrap, service.topic):
            if message.wire_type in _EVENTS:
                moments[_submission_of(message)].setdefault(message.wire_type, _time_of(message))
    ways = [
        [client.answered, *(moments[id][event] for event in _EVENTS), client.told]
        for id, client in submissions.items()
    ]
    taken = [[(later - earlier) * 1e3 for earlier, later in pairwise(way)] for way in ways]
    return {
        name: median(column) for name, column in zip(_NAMES.values(), zip(*taken, strict=True), strict=True)
    }


def _submission_of(message: Message) -> str:
    body = json.loads(message.value)
    return str(body["submission"]["id"] if "submission" in body else body["submission_id"])


def _time_of(message: Message) -> float:
    return datetime.fromisoformat(message.headers["ce_time"]).timestamp()
