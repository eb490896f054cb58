"""Which endpoints an account may have. No I/O."""

from joust_kit.targets import urls
from joust_kit.targets.urls import BadTarget
from joust_webhook.endpoints.errors import TooManyEndpoints, TooManySecrets, UrlNotAllowed

MAX_OLD_SECRETS = 4
"""Each makes the header of signatures longer by 47 bytes."""


def check_url(url: str, *, allow_insecure: bool) -> None:
    """Raises ``UrlNotAllowed`` unless webhooks may be sent to ``url``.

    ``allow_insecure`` also allows ``http``, and the own machine as the host.
    """
    try:
        urls.check_url(url, allow_insecure=allow_insecure)
    except BadTarget as error:
        raise UrlNotAllowed(str(error)) from error


def check_number_of_endpoints(existing: int, limit: int) -> None:
    """Raises ``TooManyEndpoints`` if an account with ``existing`` endpoints may not have one more."""
    if existing >= limit:
        raise TooManyEndpoints(limit=limit)


def check_number_of_old_secrets(existing: int) -> None:
    """Raises ``TooManySecrets`` if ``existing`` old secrets sign already, and one more would."""
    if existing >= MAX_OLD_SECRETS:
        raise TooManySecrets()
