"""Settings of the gateway, ``JOUST_GATEWAY_…``."""

import hashlib
import re
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict

from joust_contracts.services import ServiceName
from joust_kit.settings import ServiceSettings

_MEMORY = "memory"
_STORAGE = re.compile(r"async\+(?:valkey|redis)(s?)://(.+)")


def _is_storage(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if text != _MEMORY and _STORAGE.fullmatch(text) is None:
        raise ValueError("must be 'memory', 'async+valkey://host:port' or 'async+redis://host:port'")
    return value


def _split(value: object) -> object:
    return tuple(value.split(",")) if isinstance(value, str) else value


def _are_one_or_plain(urls: tuple[HttpUrl, ...]) -> tuple[HttpUrl, ...]:
    if len(urls) > 1 and any(url.scheme != "http" or (url.path or "/") != "/" for url in urls):
        raise ValueError("several addresses must all be of the form http://host:port")
    return urls


ServiceUrls = Annotated[
    tuple[HttpUrl, ...],
    NoDecode,
    BeforeValidator(_split),
    Field(min_length=1),
    AfterValidator(_are_one_or_plain),
]
"""Of a service's process, or of all its processes with commas between."""
_PROCESSES = ".processes"


class GatewaySettings(ServiceSettings):
    """Where the services are, how patient to be with them, and how much each client may ask."""

    model_config = SettingsConfigDict(env_prefix="JOUST_GATEWAY_")

    actor_private_key: SecretStr
    """Base64url of the raw Ed25519 seed that signs whom the gateway speaks for; no other service has it."""
    task_url: ServiceUrls
    submission_url: ServiceUrls
    evaluation_url: ServiceUrls
    ranking_url: ServiceUrls
    wallet_url: ServiceUrls
    webhook_url: ServiceUrls

    service_timeout_seconds: float = Field(default=10, gt=0)
    """A service that takes longer is answered for with 503."""
    service_connect_timeout_seconds: float = Field(default=1, gt=0)
    service_max_connections: int = Field(default=200, ge=1)
    """Open connections to all services together; a request waits for one no longer than the timeout."""
    upload_timeout_seconds: float = Field(default=330, gt=0)
    """For a file's way through to storage; a little longer than the service itself takes to give up."""
    submit_timeout_seconds: float = Field(default=130, gt=0)
    """For handing in files of a competition, each of which is looked at in storage; longer than the service
    takes at the most."""
    intake_timeout_seconds: float = Field(default=70, gt=0)
    """For ``complete``, which reads the artifact; a little longer than the service takes to give up."""
    max_artifact_bytes: int = Field(default=100_000_000, ge=1)
    """Straw document, ``submission_modes``: 100MB, decimal."""
    max_test_suite_bytes: int = Field(default=5_000_000, ge=1)
    """Straw document, ``POST /api/v1/tasks/:id/test-suite``: 5MB, decimal."""
    max_attachment_bytes: int = Field(default=10_000_000, ge=1)
    """Straw document, ``POST /api/tasks/:id/attachments``: 10MB, decimal."""
    max_workspace_file_bytes: int = Field(default=25_000_000, ge=1)
    """Bytes of a file that is sent as it is (Straw document, ``POST /api/v1/workspace/files``: 25MB)."""
    max_workspace_value_bytes: int = Field(default=1_000_000, ge=1)
    """Of a value as compact JSON (Straw document, ``PUT /api/v1/workspace/kv/:key``: 1MB). It may be as dense
    as JSON can be, so this is how many marks it may have."""
    workspace_transfer_timeout_seconds: float = Field(default=300, gt=0)
    """The longest that a file may take on its way through, in either direction."""
    body_grace_seconds: float = Field(default=10, gt=0)
    """A body may keep the gateway waiting so long in all, and longer by what the next setting allows."""
    body_min_bytes_per_second: int = Field(default=10_000, ge=1)
    extras_timeout_seconds: float = Field(default=2, gt=0)
    """For what an answer can do without, such as a position: then it is left out."""

    outcome_wait_seconds: float = Field(default=5, ge=0)
    """How long an answer waits for what it leads to, such as a held bounty; then it tells what is pending."""
    cron_secret: SecretStr | None = Field(default=None, min_length=16)
    """Who sends it as a bearer token may have deadlines of drops enforced; without one nobody may (Drops
    document, ``Cron: enforce deadlines``). An empty one would let in everybody."""

    max_active_keys: int = Field(default=100, ge=1)
    """Active keys of one account; their list is not paged."""
    max_agents: int = Field(default=25, ge=1)
    """Agents of one account; their list is not paged."""
    last_use_delay_seconds: float = Field(default=1, gt=0)
    """Uses of keys are gathered for so long and then written in one statement."""

    stream_heartbeat_seconds: float = Field(default=15, gt=0)
    """A comment is sent so often, and the state read again in case an event was missed."""
    stream_max_seconds: float = Field(default=270, gt=0)
    """Then at the latest a stream ends and the client comes again (Straw document, ``GET …/stream``)."""
    stream_send_timeout_seconds: float = Field(default=20, gt=0)
    """A reader that takes nothing for so long is cut off."""
    stream_patience_seconds: float = Field(default=10, ge=0)
    """A service that does not answer for so long ends the streams that show something of it."""
    stream_opening_patience_seconds: float = Field(default=5, ge=0)
    """A part that does not answer is asked again for so long before those who open a stream are refused."""
    stream_openings_at_once: int = Field(default=16, ge=1)
    """Streams that are being opened at the same time; as many as may be open wait for their turn."""
    stream_turn_timeout_seconds: float = Field(default=20, gt=0)
    """An opening that waits longer for its turn is refused."""
    stream_max_open: int = Field(default=2000, ge=1)
    """Of this process."""
    stream_max_open_per_account: int = Field(default=100, ge=1)

    rate_limit_enabled: bool = True
    rate_limit_general_per_minute: int = Field(default=60, ge=1)
    """Straw document, ``rate_limits.general``: requests of one IP."""
    rate_limit_submissions_per_minute: int = Field(default=10, ge=1)
    """Straw document, ``rate_limits.submissions``."""
    rate_limit_mutations_per_minute: int = Field(default=10, ge=1)
    """Straw document, ``rate_limits.mutations``: task create, publish, close, deal create."""
    rate_limit_accounts_per_minute: int = Field(default=10, ge=1)
    """New accounts of one IP."""
    rate_limit_failed_keys_per_minute: int = Field(default=10, ge=1)
    """Keys that do not work, by IP and by how they begin. Whoever has a valid key is never refused."""
    rate_limit_storage: Annotated[SecretStr, AfterValidator(_is_storage)] = SecretStr(_MEMORY)
    """Where requests are counted: ``memory`` of each process, or a store that all processes share,
    ``async+valkey://…`` or ``async+redis://…`` (``valkeys``, ``rediss`` with TLS)."""
    rate_limit_storage_timeout_seconds: float = Field(default=0.25, gt=0)
    """A shared store that takes longer is done without for a moment."""
    max_connections_per_address: int = Field(default=2000, ge=1)
    """Open connections of one address or IPv6 /64; more are refused as those above ``max_connections``. Those
    of a trusted proxy are its clients', and not counted."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks whose X-Forwarded-For is believed, as a JSON list, e.g. ``["10.0.0.0/8"]``."""

    def url_of(self, service: ServiceName) -> str:
        """Address of another service, without a slash at the end.

        Of several processes it is a name that ``processes`` resolves.
        """
        urls = self._urls_of(service)
        return f"http://{service.value}{_PROCESSES}" if len(urls) > 1 else str(urls[0]).rstrip("/")

    @property
    def processes(self) -> dict[str, list[tuple[str, int]]]:
        """Host and port of each process, by the name of a service that has several."""
        return {
            f"{service.value}{_PROCESSES}": [(url.host or "", url.port or 80) for url in urls]
            for service in ServiceName
            if service is not ServiceName.GATEWAY and len(urls := self._urls_of(service)) > 1
        }

    def _urls_of(self, service: ServiceName) -> tuple[HttpUrl, ...]:
        urls: tuple[HttpUrl, ...] = getattr(self, f"{service.value}_url")
        return urls

    @property
    def shared_counts_url(self) -> str | None:
        """Address of the store that counts requests for all processes, ``None`` if there is none.

        Valkey and Redis speak one protocol, and the client knows it by the name of Valkey.
        """
        match = _STORAGE.fullmatch(self.rate_limit_storage.get_secret_value())
        return None if match is None else f"valkey{match[1]}://{match[2]}"

    @property
    def idempotency_pepper(self) -> bytes:
        """Made from the private key, so that stored answers can't be read from the database alone."""
        return hashlib.sha256(
            b"joust idempotency\n" + self.actor_private_key.get_secret_value().encode()
        ).digest()
