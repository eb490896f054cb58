"""What an endpoint must be."""

import pytest

from joust_webhook.endpoints.errors import TooManyEndpoints, UrlNotAllowed
from joust_webhook.endpoints.rules import check_number_of_endpoints, check_url


def test_a_url_to_which_nothing_is_sent_is_refused_with_the_reason() -> None:
    check_url("https://hooks.example.com/", allow_insecure=False)
    with pytest.raises(UrlNotAllowed) as refusal:
        check_url("https://169.254.169.254/", allow_insecure=False)
    assert refusal.value.details == {"url": "must be a name or a public IP address in its usual form"}


def test_an_account_may_have_as_many_endpoints_as_the_limit() -> None:
    check_number_of_endpoints(19, 20)
    with pytest.raises(TooManyEndpoints):
        check_number_of_endpoints(20, 20)
