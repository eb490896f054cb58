"""Settings of the local stack, all from ``JOUST_EMBEDDED_*`` or the options of ``joust``."""

from ipaddress import ip_address
from pathlib import Path

import platformdirs
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PARTS: tuple[str, ...] = ("postgres", "kafka", "s3")
SERVICES: tuple[str, ...] = ("gateway", "task", "submission", "evaluation", "ranking", "wallet", "webhook")


def service_of(process: str) -> str:
    """The service of which a process is one."""
    return process.partition("-")[0]


class EmbeddedSettings(BaseSettings):
    """Where the stack keeps its data, which ports it takes, how long it waits.

    A port of 0 means: a free one, and the same again at the next start while it stays free.
    """

    model_config = SettingsConfigDict(env_prefix="JOUST_EMBEDDED_", extra="ignore", validate_default=True)

    data_dir: Path = Path(".joust")
    cache_dir: Path = Field(default_factory=lambda: platformdirs.user_cache_path("joust"))
    host: str = "127.0.0.1"

    gateway_port: int = Field(default=8000, ge=0, le=65535)
    task_port: int = Field(default=0, ge=0, le=65535)
    submission_port: int = Field(default=0, ge=0, le=65535)
    evaluation_port: int = Field(default=0, ge=0, le=65535)
    ranking_port: int = Field(default=0, ge=0, le=65535)
    wallet_port: int = Field(default=0, ge=0, le=65535)
    webhook_port: int = Field(default=0, ge=0, le=65535)
    postgres_port: int = Field(default=0, ge=0, le=65535)
    kafka_port: int = Field(default=0, ge=0, le=65535)
    s3_port: int = Field(default=0, ge=0, le=65535)

    # 7 services with a pool and LISTEN connections each, and the tests' own connections.
    postgres_max_connections: int = Field(default=400, ge=20)
    postgres_fsync: bool = True
    """Off only for data that may be lost with the machine, e.g. of tests; a killed process loses none."""
    postgres_preload_libraries: str = ""
    """``shared_preload_libraries``, e.g. ``pg_stat_statements`` to count statements."""
    kafka_heap_mb: int = Field(default=256, ge=128)
    kafka_partitions: int = Field(default=3, ge=1)
    """Of each service's topic; more processes of a service than that have nothing to read."""
    replicas: int = Field(default=1, ge=1, le=5)
    """Processes of each service. The second is called ``task-2``, and so on."""

    offline: bool = False
    maven_url: str | None = None
    download_timeout_seconds: int = Field(default=60, ge=1)

    start_timeout_seconds: float = Field(default=90, gt=0)
    stop_timeout_seconds: float = Field(default=15, gt=0)

    @field_validator("data_dir", "cache_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("host")
    @classmethod
    def _loopback(cls, value: str) -> str:
        if not ip_address(value).is_loopback:
            raise ValueError("must be a loopback address: the parts trust whoever reaches them")
        return value

    def processes_of(self, service: str) -> tuple[str, ...]:
        """Names of a service's processes; the first has the service's own."""
        return (service, *(f"{service}-{number}" for number in range(2, self.replicas + 1)))

    @property
    def processes(self) -> tuple[str, ...]:
        """Names of the processes of all services."""
        return tuple(process for service in SERVICES for process in self.processes_of(service))

    def fixed_port(self, name: str) -> int:
        """Port that the user fixed for a service or part, 0 when any free one will do."""
        return int(getattr(self, f"{name}_port", 0))
