"""Tables of deliveries and of the attempts to make them."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from joust_contracts.events.webhooks import DeliverySnapshot
from joust_contracts.vocabulary import AttemptError, WebhookEventType
from joust_kit.database.columns import blob, long_text, moment, one_of, word
from joust_webhook.base import Base
from joust_webhook.deliveries.rules.outcomes import (
    DeliveryState,
    GaveUp,
    GiveUpReason,
    Outcome,
    Retry,
    check_transition,
)


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
        CheckConstraint("(state = 'pending') = (finished_at IS NULL)", name="finished_when_over"),
        CheckConstraint("(state = 'failed') = (failure_reason IS NOT NULL)", name="reason_when_failed"),
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
    payload: str = long_text()
    state: DeliveryState = word(DeliveryState)
    attempts: int = 0
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

    def abandon(self, now: datetime) -> None:
        """No further attempt is made, because the endpoint was deactivated. Raises ``DeliveryIsOver``."""
        self.version += 1
        self._finish(GiveUpReason.DEACTIVATED, now)

    def snapshot(self) -> DeliverySnapshot:
        """The finished delivery to an endpoint as its events show it."""
        return DeliverySnapshot.model_validate(self.model_dump())

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
