"""The streams of the Straw dialect: a submission, a leaderboard, a task.

Who may see a subject is decided before its stream begins, by the service that owns it. What all may see is
watched once for all of them; the owner of a task, and whoever reads a submission, has a watch of their own.
"""

from collections.abc import Awaitable, Callable, Hashable
from contextlib import ExitStack
from typing import NamedTuple
from uuid import UUID

from joust_contracts.internal.rankings import LeaderboardPage
from joust_contracts.internal.submissions import QuotaView
from joust_contracts.vocabulary import TaskStatus
from joust_gateway.clients.call import Call, for_anybody
from joust_gateway.dialects.straw.reading import read_quota, read_submission
from joust_gateway.dialects.straw.schemas.streams import WatchedTask
from joust_gateway.dialects.straw.schemas.tasks import Leaderboard
from joust_gateway.resources import Resources
from joust_gateway.streams.event_stream import EventStream, View
from joust_gateway.streams.hub import LeaderboardOf, QuotaOf, Subject
from joust_gateway.streams.sse import read_position
from joust_gateway.streams.views import Single, WithOwn
from joust_gateway.streams.watches import State, Watch
from joust_kit.errors import NotFound

ReadAs = Callable[[Call], Awaitable[State]]


class Resumption(NamedTuple):
    """Who opens a stream, and what was seen of it before."""

    call: Call
    last_event_id: str | None


async def watch_submission(asked: Resumption, submission_id: UUID, resources: Resources) -> EventStream:
    """Begin a stream.

    Raises what the submission service refuses with, ``Unavailable`` or ``TooManyStreams``.
    """
    call = asked.call

    async def read() -> State:
        sight = await read_submission(call, submission_id, resources)
        body = sight.submission.model_dump_json().encode()
        return State(sight.version, body, is_over=sight.is_over)

    key = "submission", submission_id, call.caller.actor, call.caller.scopes
    with Opening(asked, resources) as opening:
        watch = opening.hold(key, submission_id, read)
        await watch.present()
        return opening.stream(Single("submission", watch))


async def watch_leaderboard(asked: Resumption, task_id: UUID, resources: Resources) -> EventStream:
    """Begin a stream. Raises what the task service refuses with, ``Unavailable`` or ``TooManyStreams``."""
    services = resources.services

    async def read_as(reader: Call) -> State:
        task = await services.tasks.get(reader, task_id)
        board = await services.rankings.leaderboard(reader, task, LeaderboardPage())
        # A cursor differs each time that it is made.
        shown = Leaderboard.of(board.model_copy(update={"next_cursor": None}))
        return State(
            board.version,
            shown.model_dump_json(by_alias=True).encode(),
            is_over=board.task_status == TaskStatus.CLOSED,
            owner_id=task.owner_id,
        )

    with Opening(asked, resources) as opening:
        watch = await opening.hold_as_reader("leaderboard", LeaderboardOf(task_id), read_as)
        return opening.stream(Single("leaderboard", watch))


async def watch_task(asked: Resumption, task_id: UUID, resources: Resources) -> EventStream:
    """Begin a stream. Raises what the task service refuses with, ``Unavailable`` or ``TooManyStreams``."""
    call = asked.call

    async def read_as(reader: Call) -> State:
        task = await resources.services.tasks.get(reader, task_id)
        body = WatchedTask.of(task).model_dump_json().encode()
        return State(task.version, body, is_over=task.status == TaskStatus.CLOSED, owner_id=task.owner_id)

    async def read_own_quota() -> State:
        known = await read_quota(call, task_id, resources)
        if known is None:
            task = await resources.services.tasks.get(call, task_id)
            limit = task.max_submissions_per_agent
            known = QuotaView(used=0, limit=limit, remaining=limit)
        return State(known.used, known.model_dump_json().encode())

    account_id = call.caller.actor.account_id
    with Opening(asked, resources) as opening:
        watch = await opening.hold_as_reader("task", task_id, read_as)
        quota = opening.hold(("quota", task_id, account_id), QuotaOf(task_id, account_id), read_own_quota)
        await quota.present()
        return opening.stream(WithOwn("task", watch, {"quota": quota}))


class Opening:
    """A stream that is about to begin; gives back what it holds if it does not."""

    def __init__(self, asked: Resumption, resources: Resources) -> None:
        self._asked = asked
        self._watches = resources.watches
        self._running = resources.running
        self._stream: EventStream | None = None
        self._watched = ExitStack()
        caller = asked.call.caller
        self._account_id = caller.actor.account_id
        self._running.check_room()
        self._place = resources.streams.admit(caller, self._look_at_place)

    def hold(self, key: Hashable, subject: Subject, read: Callable[[], Awaitable[State]]) -> Watch:
        """Watch a subject as one kind of reader sees it, which ``key`` names. Raises ``Unavailable``."""
        watch = self._watches.hold(key, subject, read)
        self._watched.callback(self._watches.release, watch)
        return watch

    async def hold_as_reader(self, kind: str, subject: Subject, read_as: ReadAs) -> Watch:
        """What anybody sees of a task, unless the caller is its owner, who sees more. Raises refusals."""
        anybody = for_anybody(self._asked.call)
        shared = self.hold((kind, subject, None), subject, lambda: read_as(anybody))
        try:
            state = await shared.present()
        except NotFound:
            pass  # a draft, which its owner may watch
        else:
            if state.owner_id != self._account_id:
                return shared
        self._watched.close()
        own = self.hold((kind, subject, self._account_id), subject, lambda: read_as(self._asked.call))
        await own.present()
        return own

    def stream(self, view: View) -> EventStream:
        """The stream, which from now on holds what was held for it. Raises ``Unavailable``."""
        resumed = read_position(self._asked.last_event_id, len(view.watches))
        self._stream = self._running.begin(view, self._place, resumed, self._give_back)
        return self._stream

    def _look_at_place(self) -> None:
        if self._stream is not None:
            self._stream.look()

    def _give_back(self) -> None:
        self._watched.close()
        self._place.close()

    def __enter__(self) -> "Opening":
        return self

    def __exit__(self, *failure: object) -> None:
        if self._stream is None:
            self._give_back()
