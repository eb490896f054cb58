"""PostgreSQL, Kafka and S3 for component tests: from packages, or in containers."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minio import Minio

from joust_contracts.services import ServiceName
from joust_embedded.settings import EmbeddedSettings
from joust_embedded.stack import Stack

ROOT = Path(__file__).parent.parent.parent
_S3_CONFIG = ROOT / "deploy" / "docker" / "s3.json"


def of_tests(folder: Path, **changes: Any) -> EmbeddedSettings:
    """Settings of a stack for tests, on whatever machine.

    They kill processes, not the machine, so PostgreSQL needn't wait for the disk.
    """
    fixed = {"gateway_port": 0, "postgres_fsync": False, "start_timeout_seconds": 240}
    return EmbeddedSettings.model_validate({"data_dir": folder, **fixed, **changes})


@dataclass(frozen=True)
class Parts:
    """Parts that tests may fill."""

    dsn: str
    kafka: str
    environments: dict[str, dict[str, str]]

    def settings_of(self, name: ServiceName) -> dict[str, Any]:
        """The settings of a service as the stack would give them, without its ports and its database."""
        prefix = f"JOUST_{name.value.upper()}_"
        named = self.environments[name].items()
        own = {key.removeprefix(prefix).lower(): value for key, value in named if key.startswith(prefix)}
        return {
            key: read_variable(value)
            for key, value in own.items()
            if key not in {"host", "port", "database_url"}
        }


def read_variable(value: str) -> Any:
    """As settings read their variables: lists and objects are JSON."""
    return json.loads(value) if value.startswith(("[", "{")) else value


@contextmanager
def embedded_parts(folder: Path) -> Iterator[Parts]:
    """Parts from packages, with their data in ``folder``."""
    with Stack.running(of_tests(folder), services=()) as stack:
        yield Parts(stack.database_dsn, stack.kafka_bootstrap, stack.env)


@contextmanager
def running_parts(description: Path) -> Iterator[Parts]:
    """Parts that run already, described by a JSON file with ``dsn``, ``kafka`` and ``env``."""
    described = json.loads(description.read_text())
    yield Parts(described["dsn"], described["kafka"], described["env"])


@contextmanager
def container_parts(folder: Path) -> Iterator[Parts]:
    """The same parts as official images, by testcontainers; secrets are those of a stack that never starts."""
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import HttpWaitStrategy, LogMessageWaitStrategy
    from testcontainers.postgres import PostgresContainer

    with ExitStack() as containers:
        postgres = containers.enter_context(PostgresContainer("postgres:18", driver=None, dbname="joust"))
        port = _free_port()
        kafka = DockerContainer("apache/kafka:4.1.1").with_bind_ports(9094, port)
        for name, value in _kafka_environment(port).items():
            kafka.with_env(f"KAFKA_{name}", value)
        containers.enter_context(kafka.waiting_for(LogMessageWaitStrategy("Kafka Server started")))
        s3 = DockerContainer("chrislusf/seaweedfs:4.48").with_exposed_ports(8333)
        s3.with_command("server -s3 -s3.config=/etc/seaweedfs/s3.json")
        s3.with_volume_mapping(str(_S3_CONFIG), "/etc/seaweedfs/s3.json", "ro")
        containers.enter_context(s3.waiting_for(HttpWaitStrategy(8333, "/healthz")))
        s3_address = f"{s3.get_container_host_ip()}:{s3.get_exposed_port(8333)}"
        environments = _environments(folder, f"localhost:{port}", s3_address)
        yield Parts(postgres.get_connection_url(), f"localhost:{port}", environments)


def _kafka_environment(port: int) -> dict[str, str]:
    return {
        "NODE_ID": "1",
        "PROCESS_ROLES": "broker,controller",
        "CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093,HOST://:9094",
        "ADVERTISED_LISTENERS": f"PLAINTEXT://localhost:9092,HOST://localhost:{port}",
        "LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,HOST:PLAINTEXT",
        "INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "OFFSETS_TOPIC_NUM_PARTITIONS": "3",
        "TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_MIN_ISR": "1",
    }


def _environments(folder: Path, kafka: str, s3_address: str) -> dict[str, dict[str, str]]:
    """What the embedded stack would give, with the addresses and keys of the containers in their place."""
    keys = json.loads(_S3_CONFIG.read_text())["identities"][0]["credentials"][0]
    client = Minio(
        endpoint=s3_address, access_key=keys["accessKey"], secret_key=keys["secretKey"], secure=False
    )
    client.make_bucket("joust")
    own = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "S3_ENDPOINT_URL": f"http://{s3_address}",
        "S3_PUBLIC_URL": f"http://{s3_address}",
        "S3_ACCESS_KEY": keys["accessKey"],
        "S3_SECRET_KEY": keys["secretKey"],
        "S3_BUCKET": "joust",
    }
    with Stack.running(EmbeddedSettings(data_dir=folder, gateway_port=0), services=()) as stack:
        environments = stack.env
    return {
        name: {**environment, **{f"JOUST_{name.upper()}_{key}": value for key, value in own.items()}}
        for name, environment in environments.items()
    }


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
