"""Our OpenAPI document, made in this process: it needs no part to run."""

from functools import cache
from typing import Any

from joust_gateway.bootstrap import create_service
from joust_gateway.settings import GatewaySettings
from joust_kit.identity import new_key_pair
from joust_kit.service import create_app
from tests.straw.described import Described

_NOWHERE = "127.0.0.1:1"
_SERVICES = ("task", "submission", "evaluation", "ranking", "wallet", "webhook")


@cache
def described() -> Described:
    """The gateway's document, as it is served."""
    private_key, public_key = new_key_pair()
    values: dict[str, Any] = {f"{service}_url": f"http://{_NOWHERE}" for service in _SERVICES}
    settings = GatewaySettings(
        **values,
        actor_private_key=private_key,
        actor_public_key=public_key,
        database_url=f"postgresql+asyncpg://joust@{_NOWHERE}/joust",
        kafka_bootstrap_servers=_NOWHERE,
    )
    return Described(create_app(create_service(settings)).openapi())
