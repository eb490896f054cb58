"""What can be done to an endpoint. Each runs in the caller's transaction, which the edge commits."""

from datetime import datetime, timedelta
from uuid import UUID

from joust_contracts.events import EndpointDisabled
from joust_contracts.internal.webhooks import (
    CreatedEndpoint,
    CreateEndpoint,
    EndpointView,
    RotatedSecret,
    RotateSecret,
    UpdateEndpoint,
)
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_webhook.endpoints import repository
from joust_webhook.endpoints.errors import EndpointInactive, EndpointNotFound
from joust_webhook.endpoints.models import Endpoint, OldSecret
from joust_webhook.endpoints.rules import check_number_of_endpoints, check_number_of_old_secrets, check_url
from joust_webhook.resources import Resources
from joust_webhook.vault import new_secret


async def create_endpoint(
    unit: UnitOfWork, actor: Actor, wanted: CreateEndpoint, resources: Resources
) -> CreatedEndpoint:
    """Register an endpoint with a new secret. Raises ``UrlNotAllowed`` or ``TooManyEndpoints``."""
    settings = resources.settings
    check_url(wanted.url, allow_insecure=settings.allow_insecure_targets)
    await repository.lock_endpoints_of(unit.session, actor.account_id)
    existing = await repository.count_active(unit.session, actor.account_id)
    check_number_of_endpoints(existing, settings.max_endpoints_per_account)
    secret = new_secret()
    endpoint = Endpoint(
        id=unit.new_id(),
        account_id=actor.account_id,
        url=wanted.url,
        events=list(dict.fromkeys(kind.value for kind in wanted.events)),
        task_ids=None if wanted.task_ids is None else list(dict.fromkeys(wanted.task_ids)),
        secret_encrypted=resources.vault.encrypt(secret),
        created_at=unit.now,
    )
    unit.session.add(endpoint)
    return endpoint.created(secret)


async def update_endpoint(
    unit: UnitOfWork, actor: Actor, endpoint_id: UUID, wanted: UpdateEndpoint, resources: Resources
) -> EndpointView:
    """Change what came. Raises ``EndpointNotFound``, ``EndpointInactive``, ``UrlNotAllowed``."""
    endpoint = await _lock_active(unit, actor, endpoint_id)
    changes = wanted.changes()
    if "url" in changes:
        check_url(wanted.url, allow_insecure=resources.settings.allow_insecure_targets)
    was_enabled = endpoint.enabled
    endpoint.change(changes, unit.now)
    if was_enabled and not endpoint.enabled:
        tell_disabled(unit, endpoint)
    return endpoint.view()


async def rotate_secret(
    unit: UnitOfWork, actor: Actor, endpoint_id: UUID, wanted: RotateSecret, resources: Resources
) -> RotatedSecret:
    """Sign with a new secret, and with the old one too for a while.

    Raises ``EndpointNotFound``, ``EndpointInactive``, ``TooManySecrets``.
    """
    endpoint = await _lock_active(unit, actor, endpoint_id)
    until = _until(unit.now, wanted.old_secret_seconds, resources.settings.old_secret_lifetime)
    if until is None:
        await repository.drop_old_secrets(unit.session, endpoint_id)
    else:
        check_number_of_old_secrets(await repository.count_old_secrets(unit.session, endpoint_id, unit.now))
        old = endpoint.secret_encrypted
        unit.session.add(
            OldSecret(id=unit.new_id(), endpoint_id=endpoint_id, secret_encrypted=old, signs_until=until)
        )
    secret = new_secret()
    endpoint.secret_encrypted = resources.vault.encrypt(secret)
    endpoint.version += 1
    return RotatedSecret(endpoint_id=endpoint_id, secret=secret, old_secret_until=until)


async def deactivate_endpoint(unit: UnitOfWork, actor: Actor, endpoint_id: UUID) -> EndpointView:
    """Send nothing more to an endpoint of the actor; again changes nothing. Raises ``EndpointNotFound``.

    What is queued for it is given up when its turn comes (``deliveries.jobs``), so that this takes the same
    time however much that is. Long after, the endpoint is forgotten (``bootstrap``).
    """
    endpoint = await repository.lock(unit.session, actor.account_id, endpoint_id)
    if endpoint is None:
        raise EndpointNotFound()
    endpoint.deactivate(unit.now)
    return endpoint.view()


def tell_disabled(unit: UnitOfWork, endpoint: Endpoint) -> None:
    """Tell that an endpoint was disabled just now, while it is locked."""
    assert endpoint.disabled_reason is not None  # noqa: S101 - the database has it so
    unit.emit(
        EndpointDisabled(
            endpoint_id=endpoint.id,
            version=endpoint.version,
            account_id=endpoint.account_id,
            reason=endpoint.disabled_reason,
            disabled_at=unit.now,
        )
    )


async def _lock_active(unit: UnitOfWork, actor: Actor, endpoint_id: UUID) -> Endpoint:
    endpoint = await repository.lock(unit.session, actor.account_id, endpoint_id)
    if endpoint is None:
        raise EndpointNotFound()
    if not endpoint.active:
        raise EndpointInactive()
    return endpoint


def _until(now: datetime, asked_seconds: int | None, usual: timedelta) -> datetime | None:
    """When an old secret ceases to sign; ``None`` for at once."""
    lifetime = usual if asked_seconds is None else timedelta(seconds=asked_seconds)
    return now + lifetime if lifetime else None
