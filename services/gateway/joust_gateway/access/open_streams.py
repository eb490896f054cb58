"""Streams that are open in this process, by whose key: an account has a few, and a revoked key has none."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from uuid import UUID

from joust_gateway.access.caller import Caller
from joust_gateway.access.errors import TooManyStreams


class OpenStream:
    """One stream's place; close it however the stream ends."""

    def __init__(self, streams: "OpenStreams", caller: Caller, wake: Callable[[], None]) -> None:
        self._streams = streams
        self.caller = caller
        self.wake = wake
        self.is_revoked = False
        """True once its key works no more: the stream must end."""

    def close(self) -> None:
        """Give the place back; twice is once."""
        self._streams.leave(self)


class OpenStreams:
    """All places of this process."""

    def __init__(self, max_per_account: int) -> None:
        self._max_per_account = max_per_account
        self._by_key: dict[UUID, set[OpenStream]] = defaultdict(set)
        self._counts: Counter[UUID] = Counter()

    def admit(self, caller: Caller, wake: Callable[[], None]) -> OpenStream:
        """Take a place; ``wake`` is called when the key is revoked. Raises ``TooManyStreams``."""
        account_id = caller.actor.account_id
        if self._counts[account_id] >= self._max_per_account:
            raise TooManyStreams(self._max_per_account)
        stream = OpenStream(self, caller, wake)
        self._by_key[caller.key_id].add(stream)
        self._counts[account_id] += 1
        return stream

    def leave(self, stream: OpenStream) -> None:
        """Forget a stream."""
        key_id, account_id = stream.caller.key_id, stream.caller.actor.account_id
        streams = self._by_key.get(key_id, set())
        if stream not in streams:
            return
        streams.remove(stream)
        if not streams:
            del self._by_key[key_id]
        self._counts[account_id] -= 1
        if not self._counts[account_id]:
            del self._counts[account_id]

    @property
    def keys(self) -> Collection[UUID]:
        """Keys that have streams open now."""
        return tuple(self._by_key)

    def end(self, key_id: UUID) -> None:
        """End all streams of a key that was revoked."""
        for stream in self._by_key.get(key_id, ()):
            stream.is_revoked = True
            stream.wake()
