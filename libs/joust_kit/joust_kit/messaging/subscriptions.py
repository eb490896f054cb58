"""The table of what a service listens to and what it tells.

A new event handler is one function with ``@handles(TheEvent)`` and its line in the service's table.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from joust_contracts.events import Event, EventData
from joust_contracts.services import ServiceName
from joust_kit.database.unit_of_work import UnitOfWork

T = TypeVar("T", bound=EventData)


@dataclass(frozen=True)
class Handler(Generic[T]):
    """A deed that follows on an event, inside the transaction that marks the event as handled."""

    event: type[T]
    run: Callable[[Event[T], UnitOfWork], Awaitable[None]]

    @property
    def name(self) -> str:
        """Name of the deed."""
        return str(getattr(self.run, "__name__", self.run))

    async def __call__(self, event: Event[T], unit: UnitOfWork) -> None:
        await self.run(event, unit)


def handles(
    event: type[T],
) -> Callable[[Callable[[Event[T], UnitOfWork], Awaitable[None]]], Handler[T]]:
    """Declare what a function handles. It gets the event and the unit of work, and commits nothing.

    An event may come twice, late, or before an earlier one: the function takes it only if its
    aggregate version is newer than what is known.
    """

    def declare(run: Callable[[Event[T], UnitOfWork], Awaitable[None]]) -> Handler[T]:
        return Handler(event, run)

    return declare


@dataclass(frozen=True, kw_only=True)
class Subscriptions:
    """What a service takes in and what it emits."""

    service: ServiceName
    handlers: Sequence[Handler[Any]]
    emits: Sequence[type[EventData]]

    @cached_property
    def by_type(self) -> dict[str, list[Handler[Any]]]:
        """Handlers by wire type, in the order of the table."""
        found: dict[str, list[Handler[Any]]] = {}
        for handler in self.handlers:
            found.setdefault(handler.event.wire_type(), []).append(handler)
        return found

    @cached_property
    def event_types(self) -> dict[str, type[EventData]]:
        """Event classes that are taken in, by wire type."""
        return {handler.event.wire_type(): handler.event for handler in self.handlers}

    @cached_property
    def facts(self) -> frozenset[str]:
        """Names of the facts that are taken in, whatever their version."""
        return frozenset(handler.event.subject_happened for handler in self.handlers)

    @cached_property
    def topics(self) -> list[str]:
        """Topics to read."""
        return sorted({handler.event.source.topic for handler in self.handlers})

    @property
    def group(self) -> str:
        """Kafka consumer group, one for each service."""
        return f"joust.{self.service.value}"

    def wants(self, wire_type: str) -> bool:
        """True if the service must deal with this type: it handles the fact, in this or another version."""
        return wire_type.rpartition(".v")[0] in self.facts or not wire_type
