"""Who acts: a short-lived token that the gateway signs and every service verifies.

The gateway alone holds the Ed25519 private key, so a service can't speak for anyone. A token is a
JWT (RFC 7519, signed by EdDSA, RFC 8037) for one service, valid for ``LIFETIME_SECONDS``.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from joust_contracts.services import ServiceName
from joust_contracts.spending import Spender
from joust_kit.clock import SystemClock
from joust_kit.errors import Unauthorized

LIFETIME_SECONDS = 30
_REUSE_SECONDS = 10
_LEEWAY_SECONDS = 2
"""Two processes may see the database's clock a little apart."""
_CACHE_LIMIT = 10_000
_ISSUER = "joust-gateway"
_ALGORITHMS = ["Ed25519"]
_MACHINE_CLOCK = SystemClock()


@dataclass(frozen=True)
class Actor:
    """The account on whose behalf a request is made, and the agent it competes with by default."""

    account_id: UUID
    agent_id: UUID
    display_name: str
    spender: Spender | None = None
    """The key that came, if what it may spend has a cap."""


class ActorSigner:
    """Makes tokens; only the gateway has one."""

    def __init__(self, private_key: str, *, now: Callable[[], datetime] = _MACHINE_CLOCK.now) -> None:
        """``private_key``: base64url of the raw 32-byte Ed25519 seed."""
        self._now = now
        self._key = OKPKey.import_key(_as_jwk(private_key, private=True))
        self._fresh: dict[tuple[Actor, ServiceName], tuple[float, str]] = {}

    def token(self, actor: Actor, audience: ServiceName) -> str:
        """A token for ``audience``, reused for some seconds because signing costs more than a look-up."""
        now = self._now().timestamp()
        signed_at, token = self._fresh.get((actor, audience), (0.0, ""))
        if 0 <= now - signed_at < _REUSE_SECONDS:
            return token
        claims: dict[str, Any] = {
            "iss": _ISSUER,
            "aud": audience.value,
            "sub": str(actor.account_id),
            "agent": str(actor.agent_id),
            "name": actor.display_name,
            "iat": int(now),
            "exp": int(now) + LIFETIME_SECONDS,
        }
        if actor.spender is not None:
            claims["spender"] = actor.spender.model_dump(mode="json")
        token = jwt.encode({"alg": "Ed25519"}, claims, self._key, algorithms=_ALGORITHMS)
        if len(self._fresh) >= _CACHE_LIMIT:
            self._fresh.clear()
        self._fresh[actor, audience] = now, token
        return token


class ActorVerifier:
    """Reads tokens that are meant for one service."""

    def __init__(
        self, public_key: str, audience: ServiceName, *, now: Callable[[], datetime] = _MACHINE_CLOCK.now
    ) -> None:
        """``public_key``: base64url of the raw 32-byte Ed25519 public key."""
        self._now = now
        self._key = OKPKey.import_key(_as_jwk(public_key, private=False))
        self._rules = jwt.JWTClaimsRegistry(
            now=lambda: int(now().timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": _ISSUER},
            aud={"essential": True, "value": audience.value},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._seen: dict[str, tuple[float, Actor]] = {}

    def verify(self, token: str | None) -> Actor:
        """The actor that the token names.

        Raises ``Unauthorized`` if it is missing, forged, expired or meant for another service.
        """
        if not token:
            raise Unauthorized("Only the gateway may call this API; the actor token is missing.")
        expires_at, actor = self._seen.get(token, (0.0, None))
        if actor is not None and expires_at > self._now().timestamp():
            return actor
        try:
            claims = jwt.decode(token, self._key, algorithms=_ALGORITHMS).claims
            self._rules.validate(claims)
            spender = claims.get("spender")
            actor = Actor(
                UUID(claims["sub"]),
                UUID(claims["agent"]),
                str(claims["name"]),
                None if spender is None else Spender.model_validate(spender),
            )
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise Unauthorized("The actor token is not valid.") from error
        if len(self._seen) >= _CACHE_LIMIT:
            self._seen.clear()
        self._seen[token] = float(claims["exp"]), actor
        return actor


def new_key_pair() -> tuple[str, str]:
    """A fresh (private, public) pair in the form that settings take."""
    key = OKPKey.generate_key("Ed25519")
    return str(key["d"]), str(key["x"])


def _as_jwk(raw: str, *, private: bool) -> dict[str, str | list[str]]:
    if not private:
        return {"kty": "OKP", "crv": "Ed25519", "x": raw.rstrip("=")}
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    seed = base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    x = base64.urlsafe_b64encode(public).decode().rstrip("=")
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "d": raw.rstrip("=")}
