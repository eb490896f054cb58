"""What messaging needs of Kafka, apart from any client library.

``KafkaBus`` is the real one; ``joust_kit.testing.memory_bus`` keeps everything in memory. One suite of tests
holds both to what is said here.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from joust_kit.messaging.envelope import Headers, Message

Place = tuple[str, int]
"""A topic and one of its partitions."""

MAX_BATCH_BYTES = 900_000
"""Bytes of one batch, and so of one message with its headers; brokers take 1,048,588 by default."""


class MessageTooLarge(ValueError):
    """A message that no broker would take; sending it again would not help."""


class Outgoing(NamedTuple):
    """A message on its way to a topic. All messages of one key go to one partition."""

    topic: str
    key: bytes
    headers: Headers
    value: bytes


class Sender(Protocol):
    """Sends messages, each once however often the connection fails."""

    async def send(self, messages: Sequence[Outgoing]) -> Sequence[int]:
        """Places in ``messages`` of those that are stored for good, in any order.

        Within a partition they are always an unbroken beginning. Raises ``MessageTooLarge``, or what the
        client library raises where another try would not help.
        """
        ...


class GroupReader(Protocol):
    """Reads topics for a group, whose members share the partitions and remember how far they came."""

    async def fetch(self, *, max_messages: int, wait_seconds: float) -> Sequence[Message]:
        """The next messages, in order within each partition; none if none came within ``wait_seconds``."""
        ...

    async def commit(self) -> None:
        """Remember all that was fetched as done, unless the partitions were given to others meanwhile."""
        ...


class Bus(Protocol):
    """Topics with partitions. Every method raises while no broker answers."""

    def sending(self) -> AbstractAsyncContextManager[Sender]:
        """A sender for the length of the block."""
        ...

    def reading(
        self, topics: Sequence[str], group: str, member: str = ""
    ) -> AbstractAsyncContextManager[GroupReader]:
        """A member of ``group``: from where the group has come to, or from the beginning.

        One that comes back under the same name ``member`` gets its partitions at once.
        """
        ...

    def listening(self, topics: Sequence[str]) -> AbstractAsyncContextManager[AsyncIterator[Message]]:
        """Everything that is sent from now on, to each listener; nothing is remembered."""
        ...

    async def ends(self, topics: Sequence[str]) -> dict[Place, int]:
        """The offset of the next message, for each partition of ``topics``."""
        ...

    async def committed(self, group: str) -> dict[Place, int]:
        """The offset from which ``group`` would go on, for each partition that it has committed."""
        ...

    def history(self, place: Place, begin: int, end: int) -> AsyncIterator[Message]:
        """Messages of a partition from ``begin`` (or the oldest that is kept) up to and without ``end``."""
        ...

    async def ping(self) -> None:
        """Raises if no broker answers."""
        ...
