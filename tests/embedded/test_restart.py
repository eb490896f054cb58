"""A stack beside another one, stopped and started again."""

import io
from pathlib import Path

from joust_embedded.settings import EmbeddedSettings
from joust_embedded.stack import Stack

from .conftest import processes_of
from .test_parts import fetch, receive_first, runtime_dsn, s3_client, send


def test_data_secrets_and_ports_survive_a_restart_beside_another_stack(
    parts_stack: Stack, tmp_path: Path
) -> None:
    settings = EmbeddedSettings(data_dir=tmp_path / "second", gateway_port=0)
    with Stack.running(settings, services=()) as first:
        assert not set(first.ports.values()) & set(parts_stack.ports.values())
        fetch(first.database_dsn, "CREATE TABLE task.kept AS SELECT 42 AS answer")
        send(first, "joust.task", b"kept")
        s3_client(first).put_object("joust", "kept", io.BytesIO(b"kept"), 4)
        env, ports = first.env, first.ports
    assert processes_of(tmp_path) == []
    own = [port for name, port in ports.items() if name.startswith("s3")]
    assert not [socket for port in own for socket in Path("/tmp").glob(f"seaweedfs-*-{port}.sock")]
    with Stack.running(settings, services=()) as second:
        assert second.env == env
        assert second.ports == ports
        assert fetch(second.database_dsn, "SELECT answer FROM task.kept")[0]["answer"] == 42
        assert receive_first(second, "joust.task") == b"kept"
        assert s3_client(second).get_object("joust", "kept").read() == b"kept"
        assert fetch(runtime_dsn(second, "task"), "SELECT 1")
    assert fetch(parts_stack.database_dsn, "SELECT 1")


def test_private_files_are_private(parts_stack: Stack) -> None:
    folder = parts_stack.settings.data_dir
    for name in ("secrets.json", "stack.json"):
        assert (folder / name).stat().st_mode & 0o077 == 0
