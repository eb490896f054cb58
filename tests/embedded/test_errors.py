"""What can be wrong before anything runs: one clear message, exit code 1, nothing left behind."""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from joust_embedded import credentials
from joust_embedded.layout import Layout

from .conftest import processes_of

Joust = Callable[..., subprocess.CompletedProcess[str]]


def assert_refused(answer: subprocess.CompletedProcess[str], *said: str) -> None:
    assert answer.returncode == 1
    for text in said:
        assert text in answer.stderr
    assert "Traceback" not in answer.stderr + answer.stdout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Data folder of the `joust` fixture, with secrets as a first start would make them."""
    layout = Layout(tmp_path / "data")
    layout.create()
    credentials.load_or_create(layout)
    return layout


@pytest.mark.parametrize(
    ("name", "setting"), [("gateway", "--gateway-port"), ("postgres", "JOUST_EMBEDDED_POSTGRES_PORT")]
)
def test_a_port_in_use_is_named_with_the_setting_that_changes_it(
    joust: Joust, tmp_path: Path, name: str, setting: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answer = joust("up", **{f"JOUST_EMBEDDED_{name.upper()}_PORT": str(port)})
    assert_refused(answer, f"Port {port} for {name}", setting)
    assert processes_of(tmp_path) == []


def test_a_missing_download_says_what_is_missing_and_to_try_again(joust: Joust, tmp_path: Path) -> None:
    answer = joust(
        "up",
        "--services",
        "",
        JOUST_EMBEDDED_CACHE_DIR=str(tmp_path / "cache"),
        JOUST_EMBEDDED_MAVEN_URL="http://127.0.0.1:9",
    )
    assert_refused(answer, "could not be downloaded (ConnectionError)", "again with network")
    assert processes_of(tmp_path) == []


def test_an_offline_stack_says_which_package_it_lacks(joust: Joust, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    answer = joust("up", "--services", "", JOUST_EMBEDDED_CACHE_DIR=cache, JOUST_EMBEDDED_OFFLINE="true")
    assert_refused(answer, "Kafka's package ", "could not be downloaded")


def test_data_of_another_postgres_is_refused(joust: Joust, layout: Layout) -> None:
    layout.postgres.mkdir()
    (layout.postgres / "PG_VERSION").write_text("15\n")
    assert_refused(joust("up"), str(layout.postgres), "of PostgreSQL 15", "joust clean")


def test_half_a_postgres_folder_is_refused(joust: Joust, layout: Layout) -> None:
    layout.postgres.mkdir()
    (layout.postgres / "PG_VERSION").write_text("18\n")
    assert_refused(joust("up"), str(layout.postgres), "control file", "joust clean")


@pytest.mark.parametrize("text", [None, "version=1\nnode.id=1\n", "cluster.id=other\nnode.id=1\nversion=1\n"])
def test_kafka_data_without_its_identity_is_refused(joust: Joust, layout: Layout, text: str | None) -> None:
    data = layout.kafka / "data"
    data.mkdir()
    if text is not None:
        (data / "meta.properties").write_text(text)
    assert_refused(joust("up"), str(data), "meta.properties", "joust clean")


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"postgres_password": 1}'])
def test_damaged_secrets_are_refused(joust: Joust, layout: Layout, text: str) -> None:
    layout.secrets_file.write_text(text)
    assert_refused(joust("up"), str(layout.root), "secrets.json", "joust clean")


def test_a_database_without_its_secrets_is_refused(joust: Joust, layout: Layout) -> None:
    layout.postgres.mkdir()
    (layout.postgres / "PG_VERSION").write_text("18\n")
    layout.secrets_file.unlink()
    assert_refused(joust("up"), "secrets.json", "is gone", "joust clean")


def test_a_data_folder_that_cannot_be_made_is_refused(joust: Joust, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert_refused(
        joust("up", "--data-dir", str(tmp_path / "file" / "data")), "can't be written", "--data-dir"
    )


def test_a_cache_that_cannot_be_made_is_refused(joust: Joust, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = joust("up", "--services", "", JOUST_EMBEDDED_CACHE_DIR=str(tmp_path / "file" / "cache"))
    assert_refused(answer, "can't be written", "JOUST_EMBEDDED_CACHE_DIR")


@pytest.mark.parametrize("command", [["down"], ["status"], ["env", "task"], ["exec", "task", "x"]])
def test_commands_on_a_stack_that_does_not_run_say_so(joust: Joust, command: list[str]) -> None:
    assert_refused(joust(*command), "No stack is running", "joust up")


def test_an_unknown_service_is_refused(joust: Joust) -> None:
    assert_refused(joust("up", "--services", "task,judge"), "No such service: judge")


@pytest.mark.parametrize(
    ("name", "value"), [("GATEWAY_PORT", "70000"), ("HOST", "0.0.0.0"), ("KAFKA_PARTITIONS", "none")]
)
def test_a_wrong_setting_is_named(joust: Joust, name: str, value: str) -> None:
    arguments = ("up",)
    assert_refused(joust(*arguments, **{f"JOUST_EMBEDDED_{name}": value}), f"JOUST_EMBEDDED_{name} is wrong")


def test_clean_on_nothing_is_no_error(joust: Joust, tmp_path: Path) -> None:
    assert joust("clean").returncode == 0
    assert not (tmp_path / "data").exists()


def test_clean_all_removes_the_cache_too(joust: Joust, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (cache / "kafka").mkdir(parents=True)
    joust("clean", JOUST_EMBEDDED_CACHE_DIR=str(cache))
    assert cache.exists()
    joust("clean", "--all", JOUST_EMBEDDED_CACHE_DIR=str(cache))
    assert not cache.exists()
    assert os.path.lexists(tmp_path)
