"""Secrets of one stack: made once, kept in ``secrets.json`` (mode 0600)."""

import base64
import secrets

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from joust_embedded.layout import Layout, broken, write_private
from joust_embedded.settings import SERVICES


class Credentials(BaseModel):
    """Passwords and keys; the actor key pair is raw Ed25519 in padded base64url.

    A secret that is added in a later version has a default: older data folders get it at their next start.
    """

    model_config = ConfigDict(extra="allow")

    postgres_password: str
    owner_passwords: dict[str, str]
    service_passwords: dict[str, str]
    s3_access_key: str
    s3_secret_key: str
    actor_private_key: str
    actor_public_key: str
    webhook_secrets_key: str
    kafka_cluster_id: str
    ranking_anonymity_key: str = Field(default_factory=lambda: secrets.token_hex(32))
    wallet_challenge_key: str = Field(default_factory=lambda: secrets.token_hex(32))
    judge_token_key: str = Field(default_factory=lambda: secrets.token_hex(32))


def load_or_create(layout: Layout) -> Credentials:
    """Read the secrets, or make them for a new data folder. Raises StackError when they are unreadable."""
    if layout.secrets_file.exists():
        try:
            known = Credentials.model_validate_json(layout.secrets_file.read_bytes())
        except (OSError, ValidationError) as error:
            raise broken(layout.root, "secrets.json is unreadable or damaged") from error
    elif (layout.postgres / "PG_VERSION").exists():
        raise broken(layout.root, "secrets.json, which has the passwords of its database, is gone")
    else:
        known = create()
    write_private(layout.secrets_file, known.model_dump_json(indent=1))
    return known


def create() -> Credentials:
    private_key, public_key = _actor_keys()
    return Credentials(
        postgres_password=secrets.token_hex(24),
        owner_passwords={name: secrets.token_hex(24) for name in SERVICES},
        service_passwords={name: secrets.token_hex(24) for name in SERVICES},
        s3_access_key=secrets.token_hex(10),
        s3_secret_key=secrets.token_hex(20),
        actor_private_key=private_key,
        actor_public_key=public_key,
        webhook_secrets_key=_base64url(secrets.token_bytes(32)),
        # Kafka's form of a UUID: unpadded base64url, and never one that starts with a dash.
        kafka_cluster_id="J" + _base64url(secrets.token_bytes(16)).rstrip("=")[1:],
    )


def _actor_keys() -> tuple[str, str]:
    # Imported here: only the first start needs it, and it costs a tenth of a second.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    key = Ed25519PrivateKey.generate()
    return _base64url(key.private_bytes_raw()), _base64url(key.public_key().public_bytes_raw())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
