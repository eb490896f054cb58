"""The three parts, real ones, as the services find them."""

import asyncio
import io
import itertools
from typing import Any

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from minio import Minio

from joust_embedded.provision import provision
from joust_embedded.settings import PARTS, SERVICES
from joust_embedded.stack import Stack
from joust_embedded.topics import create_topics, wanted_topics


def fetch(dsn: str, query: str) -> list[Any]:
    async def go() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return list(await connection.fetch(query))
        finally:
            await connection.close()

    return asyncio.run(go())


def runtime_dsn(stack: Stack, service: str) -> str:
    return stack.env[service][f"JOUST_{service.upper()}_DATABASE_URL"].replace("+asyncpg", "")


def owner_dsn(stack: Stack, service: str) -> str:
    return stack._supervisor.context.owner_database_url(service).replace("+asyncpg", "")


def s3_client(stack: Stack) -> Minio:
    values = {name.removeprefix("JOUST_TASK_"): value for name, value in stack.env["task"].items()}
    return Minio(
        values["S3_ENDPOINT_URL"].removeprefix("http://"),
        access_key=values["S3_ACCESS_KEY"],
        secret_key=values["S3_SECRET_KEY"],
        secure=False,
        region="us-east-1",
    )


def send(stack: Stack, topic: str, value: bytes) -> None:
    async def go() -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=stack.kafka_bootstrap, acks="all", enable_idempotence=True
        )
        async with asyncio.timeout(20), producer:
            await producer.send_and_wait(topic, value)

    asyncio.run(go())


def receive_first(stack: Stack, topic: str) -> bytes:
    async def go() -> bytes:
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=stack.kafka_bootstrap, auto_offset_reset="earliest", group_id="test"
        )
        async with asyncio.timeout(20), consumer:
            return bytes((await consumer.getone()).value)

    return asyncio.run(go())


class TestPostgres:
    def test_is_version_18_durable_and_asks_for_passwords(self, parts_stack: Stack) -> None:
        names = ("server_version_num", "fsync", "max_connections", "password_encryption", "data_checksums")
        rows = fetch(parts_stack.database_dsn, "SELECT name, setting FROM pg_settings")
        found = {row["name"]: row["setting"] for row in rows if row["name"] in names}
        assert found.pop("server_version_num").startswith("18")
        assert found == {
            "fsync": "on",
            "max_connections": "400",
            "password_encryption": "scram-sha-256",
            "data_checksums": "on",
        }

    def test_refuses_a_wrong_password(self, parts_stack: Stack) -> None:
        dsn = runtime_dsn(parts_stack, "task").replace("joust_task:", "joust_task:wrong")
        with pytest.raises(asyncpg.InvalidPasswordError):
            fetch(dsn, "SELECT 1")

    def test_does_not_run_as_root(self, parts_stack: Stack) -> None:
        assert psutil.Process(parts_stack.pid("postgres")).uids().effective != 0

    @pytest.mark.parametrize("service", SERVICES)
    def test_a_service_writes_its_own_tables_but_cannot_change_them(
        self, parts_stack: Stack, service: str
    ) -> None:
        fetch(owner_dsn(parts_stack, service), "CREATE TABLE IF NOT EXISTS own (id serial, note text)")
        dsn = runtime_dsn(parts_stack, service)
        assert fetch(dsn, "INSERT INTO own (note) VALUES ('x') RETURNING note")[0]["note"] == "x"
        fetch(dsn, "UPDATE own SET note = 'y'")
        fetch(dsn, "DELETE FROM own")
        fetch(dsn, "TRUNCATE own")
        for statement in ("DROP TABLE own", "ALTER TABLE own ADD extra int", "CREATE TABLE other (id int)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                fetch(dsn, statement)

    @pytest.mark.parametrize(("service", "other"), list(itertools.permutations(SERVICES, 2)))
    def test_a_service_is_refused_on_every_other_schema(
        self, parts_stack: Stack, service: str, other: str
    ) -> None:
        fetch(owner_dsn(parts_stack, other), "CREATE TABLE IF NOT EXISTS own (id serial, note text)")
        for role_dsn in (runtime_dsn(parts_stack, service), owner_dsn(parts_stack, service)):
            for statement in (
                f"SELECT * FROM {other}.own",
                f"INSERT INTO {other}.own (note) VALUES ('x')",
                f"CREATE TABLE {other}.intruder (id int)",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    fetch(role_dsn, statement)

    def test_a_service_reaches_neither_the_public_schema_nor_other_databases(
        self, parts_stack: Stack
    ) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            fetch(runtime_dsn(parts_stack, "wallet"), "CREATE TABLE public.stray (id int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            fetch(runtime_dsn(parts_stack, "wallet").removesuffix("joust") + "postgres", "SELECT 1")

    def test_provisioning_again_changes_nothing(self, parts_stack: Stack) -> None:
        context = parts_stack._supervisor.context
        asyncio.run(provision(context.postgres_dsn("postgres"), context.credentials))
        assert fetch(runtime_dsn(parts_stack, "task"), "SHOW search_path")[0]["search_path"] == "task"


class TestKafka:
    def test_has_a_topic_and_a_dead_letter_topic_for_each_service(self, parts_stack: Stack) -> None:
        async def go() -> tuple[dict[str, int], dict[str, str]]:
            admin = AIOKafkaAdminClient(bootstrap_servers=parts_stack.kafka_bootstrap)
            await admin.start()
            try:
                topics = await admin.describe_topics()
                resources = [
                    ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": None})
                    for name in wanted_topics(3)
                ]
                answers = await admin.describe_configs(resources)
            finally:
                await admin.close()
            retention = {item[3]: item[4][0][1] for answer in answers for item in answer.resources}
            return {topic["topic"]: len(topic["partitions"]) for topic in topics}, retention

        found, retention = asyncio.run(go())
        for service in SERVICES:
            assert found[f"joust.{service}"] == 3
            assert found[f"joust.{service}.dlq"] == 1
        assert set(retention.values()) == {"-1"}
        assert len(retention) == 14

    def test_creating_the_topics_again_changes_nothing(self, parts_stack: Stack) -> None:
        asyncio.run(create_topics(parts_stack.kafka_bootstrap, 3, 20))

    def test_a_message_goes_through(self, parts_stack: Stack) -> None:
        send(parts_stack, "joust.ranking.dlq", b"hello")
        assert receive_first(parts_stack, "joust.ranking.dlq") == b"hello"


class TestS3:
    def test_keeps_an_object_in_the_bucket(self, parts_stack: Stack) -> None:
        client = s3_client(parts_stack)
        client.put_object("joust", "folder/one", io.BytesIO(b"content"), 7)
        assert client.get_object("joust", "folder/one").read() == b"content"

    def test_refuses_strangers(self, parts_stack: Stack) -> None:
        stranger = Minio(
            parts_stack.s3_endpoint.removeprefix("http://"),
            access_key="nobody",
            secret_key="nothing-at-all",
            secure=False,
            region="us-east-1",
        )
        with pytest.raises(Exception, match="Access"):
            stranger.put_object("joust", "stray", io.BytesIO(b"x"), 1)


def test_every_part_listens_on_loopback_alone(parts_stack: Stack) -> None:
    for name in PARTS:
        process = psutil.Process(parts_stack.pid(name))
        listening = [c.laddr for c in process.net_connections() if c.status == psutil.CONN_LISTEN]
        assert listening
        assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
        assert {address.port for address in listening} <= {
            port + offset for port in parts_stack.ports.values() for offset in (0, 10_000)
        }


@pytest.mark.parametrize("name", PARTS)
def test_a_killed_part_is_started_again_with_its_data(parts_stack: Stack, name: str) -> None:
    topic, value = "joust.wallet.dlq", name.encode()
    fetch(parts_stack.database_dsn, "CREATE TABLE IF NOT EXISTS kept (id int)")
    send(parts_stack, topic, value)
    s3_client(parts_stack).put_object("joust", f"kept-{name}", io.BytesIO(value), len(value))
    pid, restarts = parts_stack.pid(name), parts_stack.restarts(name)
    parts_stack.kill(name)
    parts_stack.wait_ready()
    assert parts_stack.pid(name) != pid
    assert parts_stack.restarts(name) > restarts
    assert fetch(parts_stack.database_dsn, "SELECT count(*) FROM kept")
    send(parts_stack, topic, value)
    assert s3_client(parts_stack).get_object("joust", f"kept-{name}").read() == value
