"""What streams show, put together from what is watched."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from joust_gateway.streams.event_stream import Shown
from joust_gateway.streams.sse import frame, with_fields
from joust_gateway.streams.watches import State, Watch

TERMINAL = "terminal"


def _state(watch: Watch) -> State:
    if watch.state is None:
        raise RuntimeError("a stream is opened once its watches have a state")
    return watch.state


@dataclass(frozen=True)
class Single:
    """One subject, in bytes that all its readers share."""

    event: str
    watch: Watch

    @property
    def watches(self) -> tuple[Watch, ...]:
        """The one."""
        return (self.watch,)

    def show(self, now: datetime) -> Shown:
        """The state; its version is the position."""
        state = _state(self.watch)
        terminal = state.frame(TERMINAL, now) if state.is_over else None
        return Shown((state.version,), state.frame(self.event, now), terminal)


@dataclass(frozen=True)
class WithOwn:
    """One subject, with fields that are the reader's own. It is over when the subject is."""

    event: str
    shared: Watch
    own: Mapping[str, Watch]
    """By the name of the field."""

    @property
    def watches(self) -> tuple[Watch, ...]:
        """The shared one first: its version orders the events."""
        return (self.shared, *self.own.values())

    def show(self, now: datetime) -> Shown:
        """The state with the reader's own fields; the versions of all are the position."""
        state = _state(self.shared)
        position = (state.version, *(_state(watch).version for watch in self.own.values()))
        fields = b"".join(
            b',"%b":%b' % (name.encode(), _state(watch).body) for name, watch in self.own.items()
        )
        data = with_fields(state.body, now, fields)
        terminal = frame(TERMINAL, data, position) if state.is_over else None
        return Shown(position, frame(self.event, data, position), terminal)
