"""Tables of deliveries and of the attempts to make them."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from joust_contracts.events.webhooks import DeliverySnapshot
from joust_contracts.internal.webhooks import AttemptView, DeliveryView
from joust_contracts.vocabulary import AttemptError, DeliveryState, GiveUpReason, WebhookEventType
from joust_kit.database.columns import blob, long_text, moment, one_of, word
from joust_webhook.base import Base
from joust_webhook.deliveries.rules.outcomes import GaveUp, Outcome, Retry, check_transition


class Delivery(Base, table=True):
    """One message to one endpoint, or one request to a poster's own judge.

    The payload is kept as the text that is signed; that of a request lacks what is secret in it, which each
    attempt adds (``judge_requests``).
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        # an event reaches an endpoint as one message, however often it is handled
        UniqueConstraint("endpoint_id", "event_id"),
        # a judge is asked for an evaluation once, however often that is told
        Index(
            "uq_deliveries_judge_event", "event_id", unique=True, postgresql_where=text("endpoint_id IS NULL")
        ),
        CheckConstraint(f"event_type IS NULL OR {one_of('event_type', WebhookEventType)}", name="event_type"),
        CheckConstraint("(endpoint_id IS NULL) = (event_type IS NULL)", name="type_of_endpoint"),
        CheckConstraint(
            "(endpoint_id IS NULL) = (judge_url IS NOT NULL AND task_id IS NOT NULL)",
            name="endpoint_or_judge",
        ),
        CheckConstraint(one_of("state", DeliveryState), name="state"),
        CheckConstraint(one_of("failure_reason", GiveUpReason), name="failure_reason"),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        CheckConstraint("earlier_attempts BETWEEN 0 AND attempts", name="earlier_attempts_were_made"),
        CheckConstraint("(state = 'pending') = (finished_at IS NULL)", name="finished_when_over"),
        CheckConstraint("(state = 'failed') = (failure_reason IS NOT NULL)", name="reason_when_failed"),
        # serves an endpoint's log, and replays of it
        Index("ix_deliveries_endpoint_newest", "endpoint_id", text("created_at DESC"), text("id DESC")),
        # serves recoveries, which must not read what was delivered
        Index(
            "ix_deliveries_failed",
            "endpoint_id",
            "created_at",
            "id",
            postgresql_where=text("state = 'failed'"),
        ),
        # serves the start of an endpoint's deliveries in their order
        Index(
            "ix_deliveries_untaken",
            "endpoint_id",
            "position",
            postgresql_where=text("state = 'pending' AND attempts = 0 AND taken_by IS NULL"),
        ),
        # a job makes the first attempt of one delivery, however often it runs
        Index("uq_deliveries_taken_by", "taken_by", unique=True),
        # serves the forgetting of what was over long ago
        Index("ix_deliveries_finished", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    endpoint_id: UUID | None = None
    """No foreign key: what was sent is known longer than an endpoint that was deactivated."""
    judge_url: str | None = long_text(nullable=True)
    """In place of an endpoint."""
    task_id: UUID | None = None
    """Whose judge is asked."""
    account_id: UUID
    event_id: UUID
    """Of a request the evaluation's id."""
    event_type: WebhookEventType | None = word(WebhookEventType, nullable=True)
    position: int | None = Field(default=None, sa_type=BigInteger)
    """Of the event in the account's log: deliveries of an endpoint begin in this order. ``None`` for one that
    begins by a job of its own, as what is sent again."""
    taken_by: UUID | None = None
    """The job that makes the first attempt, by the delivery that it was planned for."""
    payload: str = long_text()
    state: DeliveryState = word(DeliveryState)
    attempts: int = 0
    earlier_attempts: int = 0
    """Made before it was last sent again; the schedule of retries begins after them."""
    last_status: int | None = None
    failure_reason: GiveUpReason | None = word(GiveUpReason, nullable=True)
    created_at: datetime = moment()
    finished_at: datetime | None = moment(nullable=True)

    @property
    def is_to_judge(self) -> bool:
        """True for a request to a poster's own judge."""
        return self.endpoint_id is None

    def record(self, status: int | None, outcome: Outcome, now: datetime) -> timedelta | None:
        """Take in an attempt; returns the delay until the next one, if there is to be one.

        Raises ``DeliveryIsOver``.
        """
        self.attempts += 1
        self.version += 1
        self.last_status = status
        if isinstance(outcome, Retry):
            return outcome.delay
        self._finish(outcome.reason if isinstance(outcome, GaveUp) else None, now)
        return None

    def abandon(self, reason: GiveUpReason, now: datetime) -> None:
        """No further attempt is made, because the endpoint takes nothing. Raises ``DeliveryIsOver``."""
        self.version += 1
        self._finish(reason, now)

    def send_again(self) -> int:
        """Begin with the schedule of attempts anew, under the same id; returns the next attempt's number."""
        if self.state != DeliveryState.PENDING:
            check_transition(self.state, DeliveryState.PENDING)
            self.state = DeliveryState.PENDING
            self.failure_reason = self.finished_at = None
        self.earlier_attempts = self.attempts
        # It has its own job now. Were it still in the order, the job of another would take it, and leave that
        # other behind.
        self.position = None
        self.version += 1
        return self.attempts + 1

    def snapshot(self) -> DeliverySnapshot:
        """The finished delivery to an endpoint as its events show it."""
        return DeliverySnapshot.model_validate(self.model_dump())

    def view(self) -> DeliveryView:
        """The delivery to an endpoint as its log shows it."""
        return DeliveryView.model_validate(self.model_dump())

    def _finish(self, failure: GiveUpReason | None, now: datetime) -> None:
        then = DeliveryState.DELIVERED if failure is None else DeliveryState.FAILED
        check_transition(self.state, then)
        self.state = then
        self.failure_reason = failure
        self.finished_at = now


class Attempt(Base, table=True):
    """One try to deliver: the answer's status, or why there was none."""

    __tablename__ = "attempts"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number_from_one"),
        CheckConstraint(one_of("error", AttemptError), name="error"),
        CheckConstraint("(status IS NULL) = (error IS NOT NULL)", name="status_or_error"),
    )

    delivery_id: UUID = Field(primary_key=True, foreign_key="webhook.deliveries.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    status: int | None
    error: AttemptError | None = word(AttemptError, nullable=True)
    latency_ms: int
    started_at: datetime = moment()
    response_head: bytes = blob()
    """First bytes of the answer's body, as they came."""

    def view(self) -> AttemptView:
        """The attempt as the log shows it."""
        response = self.response_head.decode(errors="replace")
        return AttemptView(response=response, **self.model_dump(exclude={"delivery_id", "response_head"}))
