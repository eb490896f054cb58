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
from joust_webhook.vault import new_secret

POLICY = RetryPolicy(max_attempts=10, first_delay=timedelta(seconds=0.5), max_delay=timedelta(minutes=5))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226, 299])
def test_2xx_is_success(status: int) -> None:
    assert outcome_of(status, 1, POLICY, 0.5) == Delivered()


@pytest.mark.parametrize(
    "status", [None, 100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503, 999]
)
def test_all_else_is_tried_again(status: int | None) -> None:
    assert outcome_of(status, 1, POLICY, 0.5) == Retry(timedelta(seconds=0.5))


def test_gone_is_given_up_at_once() -> None:
    assert outcome_of(410, 1, POLICY, 0.5) == GaveUp(GiveUpReason.GONE)


def test_the_last_attempt_is_followed_by_none() -> None:
    assert isinstance(outcome_of(500, 9, POLICY, 0.5), Retry)
    assert outcome_of(500, 10, POLICY, 0.5) == GaveUp(GiveUpReason.TOO_MANY_ATTEMPTS)
    assert outcome_of(None, 10, POLICY, 0.5) == GaveUp(GiveUpReason.TOO_MANY_ATTEMPTS)
    assert outcome_of(200, 10, POLICY, 0.5) == Delivered()


def test_delays_double() -> None:
    delays = [POLICY.delay_after(attempt, 0.5).total_seconds() for attempt in range(1, 10)]
    assert delays == [0.5, 1, 2, 4, 8, 16, 32, 64, 128]


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_delay_stays_within_a_fifth_of_its_bounds(attempt: int, jitter: float) -> None:
    delay = POLICY.delay_after(attempt, jitter)
    assert POLICY.first_delay * 0.79 <= delay <= POLICY.max_delay * 1.21


@given(st.none() | st.integers(100, 999), st.integers(1, 30), st.floats(0, 1, exclude_max=True))
def test_every_delivery_ends(status: int | None, attempt: int, jitter: float) -> None:
    outcome = outcome_of(status, attempt, POLICY, jitter)
    assert attempt < POLICY.max_attempts or not isinstance(outcome, Retry)


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
    secret, delivery_id = new_secret(), uuid4()
    headers = signed_headers(delivery_id, '{"a":1}', [secret], datetime.now(UTC))
    assert headers["webhook-id"] == f"msg_{delivery_id}"
    assert headers["webhook-signature"].startswith("v1,")
    assert Webhook(secret).verify('{"a":1}', headers) == {"a": 1}
    earlier = str(int(headers["webhook-timestamp"]) - 1)
    for changed in ({"webhook-id": "msg_other"}, {"webhook-timestamp": earlier}):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify('{"a":1}', headers | changed)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify('{"a":2}', headers)
