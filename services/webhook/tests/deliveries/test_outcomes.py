"""When a delivery is done, tried again or given up."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from joust_contracts.vocabulary import DeliveryState, GiveUpReason
from joust_webhook.deliveries.errors import DeliveryIsOver
from joust_webhook.deliveries.rules.outcomes import (
    Delivered,
    GaveUp,
    Retry,
    RetryPolicy,
    check_transition,
    outcome_of,
)
from joust_webhook.deliveries.rules.signing import signed_headers
from joust_webhook.deliveries.rules.wishes import retry_after_of
from joust_webhook.settings import WebhookSettings
from joust_webhook.vault import new_secret

SCHEDULE = WebhookSettings.model_fields["delivery_delays_seconds"].default
POLICY = RetryPolicy(tuple(timedelta(seconds=delay) for delay in SCHEDULE))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226, 299])
def test_2xx_is_success(status: int) -> None:
    assert outcome_of(status, 1, POLICY, 0.5) == Delivered()


@pytest.mark.parametrize(
    "status", [None, 100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503, 999]
)
def test_all_else_is_tried_again(status: int | None) -> None:
    assert outcome_of(status, 1, POLICY, 0.5) == Retry(timedelta(seconds=5))


def test_gone_is_given_up_at_once() -> None:
    assert outcome_of(410, 1, POLICY, 0.5) == GaveUp(GiveUpReason.GONE)


def test_the_last_attempt_is_followed_by_none() -> None:
    assert isinstance(outcome_of(500, 9, POLICY, 0.5), Retry)
    assert outcome_of(500, 10, POLICY, 0.5) == GaveUp(GiveUpReason.TOO_MANY_ATTEMPTS)
    assert outcome_of(None, 10, POLICY, 0.5) == GaveUp(GiveUpReason.TOO_MANY_ATTEMPTS)
    assert outcome_of(200, 10, POLICY, 0.5) == Delivered()


def test_the_usual_schedule_is_the_standards() -> None:
    hours = [3600 * each for each in (2, 5, 10, 14, 20, 24)]
    assert list(SCHEDULE) == [5, 5 * 60, 30 * 60, *hours]


def test_delays_to_judges_double() -> None:
    doubled = RetryPolicy.doubling(attempts=6, first=timedelta(seconds=1), longest=timedelta(seconds=5))
    assert [delay.total_seconds() for delay in doubled.delays] == [1, 2, 4, 5, 5]
    assert RetryPolicy.doubling(attempts=1, first=timedelta(1), longest=timedelta(1)).delays == ()


@given(st.integers(1, 9), st.floats(0, 1, exclude_max=True))
def test_a_delay_stays_within_a_tenth_of_the_schedule(attempt: int, jitter: float) -> None:
    delay = POLICY.delay_after(attempt, jitter)
    assert delay is not None
    assert 0.9 * SCHEDULE[attempt - 1] <= delay.total_seconds() <= 1.1 * SCHEDULE[attempt - 1]


@pytest.mark.parametrize(
    ("wish", "waits"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 5),
        ("3", 5),
        ("999999999", 86_400),
        ("Sun, 22 Nov 2026 12:02:00 GMT", 120),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 5),
        ("Sun, 22 Nov 9999 23:59:59 GMT", 86_400),
        (None, 5),
        ("-1", 5),
        ("1.5", 5),
        ("1e9", 5),
        ("soon", 5),
        ("\u0661\u0662\u0660", 5),
        ("9" * 10_000, 5),
        ("Sun, 99 Nov 2026 12:02:00 GMT", 5),
    ],
)
def test_a_receiver_may_ask_for_a_longer_pause_of_a_day_at_most(wish: str | None, waits: float) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    retry_after = retry_after_of(wish, now)
    outcome = outcome_of(429, 1, POLICY, 0.5, retry_after=retry_after)
    assert outcome == Retry(timedelta(seconds=waits))
    assert outcome_of(200, 1, POLICY, 0.5, retry_after=retry_after) == Delivered()


@given(st.none() | st.integers(100, 999), st.integers(1, 30), st.floats(0, 1, exclude_max=True))
def test_every_delivery_ends(status: int | None, attempt: int, jitter: float) -> None:
    outcome = outcome_of(status, attempt, POLICY, jitter)
    assert attempt <= len(POLICY.delays) or not isinstance(outcome, Retry)


@pytest.mark.parametrize("over", [DeliveryState.DELIVERED, DeliveryState.FAILED])
@pytest.mark.parametrize("then", [DeliveryState.DELIVERED, DeliveryState.FAILED])
def test_a_delivery_that_is_over_changes_only_by_being_sent_again(
    over: DeliveryState, then: DeliveryState
) -> None:
    check_transition(over, DeliveryState.PENDING)
    with pytest.raises(DeliveryIsOver):
        check_transition(over, then)


def test_a_signature_is_that_of_standard_webhooks() -> None:
    """The signed content is ``id.timestamp.body``, as the specification's library checks it."""
    secret, event_id = new_secret(), uuid4()
    headers = signed_headers(event_id, '{"a":1}', [secret], datetime.now(UTC))
    assert headers["webhook-id"] == f"msg_{event_id}"
    assert headers["webhook-signature"].startswith("v1,")
    assert Webhook(secret).verify('{"a":1}', headers) == {"a": 1}
    earlier = str(int(headers["webhook-timestamp"]) - 1)
    for changed in ({"webhook-id": "msg_other"}, {"webhook-timestamp": earlier}):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify('{"a":1}', headers | changed)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify('{"a":2}', headers)
