"""Services under supervision: started, restarted, stopped, given their environment. Fakes over real parts."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from joust_embedded.errors import StackError
from joust_embedded.settings import SERVICES, EmbeddedSettings
from joust_embedded.stack import Stack

from .conftest import cli_environment, eventually, processes_of
from .test_parts import fetch

Command = Callable[..., list[str]]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for stacks that run one after the other: only the first pays for making it."""
    return tmp_path_factory.mktemp("services") / "data"


@pytest.fixture(scope="module")
def running(fake_packages: Path, data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """`joust up` with all seven fake services, as a person starts it."""
    process = start_up(fake_packages, data_dir)
    wait_until_up(process)
    yield process
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def start_up(packages: Path, data_dir: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "joust_embedded", "up", *arguments],
        env=cli_environment(packages, data_dir),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_until_up(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if "Ctrl-C" in line:
            return lines
    raise AssertionError("\n".join(lines))


def wait_until_stopped(process: subprocess.Popen[str]) -> None:
    """Kafka or PostgreSQL may be deaf to a signal until they have begun; each is killed after its own limit."""
    limit = 4 * EmbeddedSettings().stop_timeout_seconds
    try:
        process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate(timeout=10)
        raise AssertionError(f"not stopped within {limit:g} s; it said:\n{said}") from None


def get(url: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
        body: dict[str, object] = json.load(answer)
        return body


class TestUp:
    def test_reports_each_part_and_service_and_where_the_gateway_is(
        self, fake_packages: Path, tmp_path: Path
    ) -> None:
        process = start_up(fake_packages, tmp_path / "data")
        lines = wait_until_up(process)
        ready = [line.split()[0] for line in lines if " ready " in line]
        assert sorted(ready) == sorted(["postgres", "kafka", "s3", *SERVICES])
        gateway = next(line.split()[1] for line in lines if line.startswith("Gateway"))
        assert get(gateway)["path"] == "/readyz"
        assert f"API docs  {gateway}/docs" in lines
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert processes_of(tmp_path) == []
        assert not (tmp_path / "data" / "stack.json").exists()

    @pytest.mark.parametrize("after_seconds", [0.3, 0.8, 1.3, 1.8])
    def test_leaves_nothing_behind_when_stopped_during_start_up(
        self, fake_packages: Path, tmp_path: Path, after_seconds: float
    ) -> None:
        process = start_up(fake_packages, tmp_path / "data")
        # The moment is the case that is tested, not a wait for something.
        time.sleep(after_seconds)
        process.send_signal(signal.SIGINT)
        wait_until_stopped(process)
        assert processes_of(tmp_path) == []

    def test_starts_again_after_being_stopped_during_start_up(
        self, fake_packages: Path, tmp_path: Path
    ) -> None:
        for after_seconds in (0.5, 1.0, 1.5):
            process = start_up(fake_packages, tmp_path / "data")
            time.sleep(after_seconds)
            process.send_signal(signal.SIGKILL)
            process.wait(30)
        process = start_up(fake_packages, tmp_path / "data")
        wait_until_up(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0

    def test_leaves_nothing_behind_when_the_supervisor_is_killed(
        self, fake_packages: Path, tmp_path: Path
    ) -> None:
        process = start_up(fake_packages, tmp_path / "data")
        wait_until_up(process)
        state = json.loads((tmp_path / "data" / "stack.json").read_text())
        assert len(state["processes"]) == 10
        process.kill()
        process.wait(30)
        eventually(lambda: processes_of(tmp_path) == [], limit_seconds=10)
        pids = [item["pid"] for item in state["processes"].values()]
        eventually(lambda: not any(psutil.pid_exists(pid) for pid in pids), limit_seconds=10)


class TestOtherCommands:
    @pytest.fixture
    def run(
        self, running: subprocess.Popen[str], fake_packages: Path, data_dir: Path
    ) -> Callable[..., subprocess.CompletedProcess[str]]:
        assert running.poll() is None
        command = [sys.executable, "-m", "joust_embedded"]
        environment = cli_environment(fake_packages, data_dir)

        def go(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [*command, *arguments],
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )

        return go

    def test_status_shows_every_process(self, run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        answer = run("status")
        rows = {line.split()[0]: line.split() for line in answer.stdout.splitlines()[1:] if line.strip()}
        assert set(rows) == {"postgres", "kafka", "s3", *SERVICES}
        assert all(row[-1] == "yes" for row in rows.values())

    def test_exec_runs_a_service_command_with_the_environment_of_the_stack(
        self, run: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        answer = json.loads(run("exec", "wallet", "rebuild", "--all", "-x").stdout)
        assert answer["arguments"] == ["rebuild", "--all", "-x"]
        assert fetch(answer["url"].replace("+asyncpg", ""), "SELECT 1 FROM wallet.migrated") == []

    def test_env_prints_what_exec_uses(self, run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        lines = run("env", "webhook").stdout.splitlines()
        assert "JOUST_WEBHOOK_ALLOW_INSECURE_TARGETS=true" in lines
        assert any(line.startswith("JOUST_WEBHOOK_DATABASE_URL=") for line in lines)

    def test_env_of_an_unknown_service_names_the_known_ones(
        self, run: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        answer = run("env", "nothing")
        assert (answer.returncode, answer.stdout) == (1, "")
        assert "There are gateway, task" in answer.stderr

    def test_logs_prints_the_end_of_a_log(self, run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        assert "serving" in run("logs", "task", "-n", "1").stdout
        answer = run("logs", "nothing")
        assert answer.returncode == 1
        assert "There are: evaluation, gateway" in answer.stderr

    def test_logs_follows_a_log(
        self, running: subprocess.Popen[str], fake_packages: Path, data_dir: Path
    ) -> None:
        assert running.poll() is None
        environment = cli_environment(fake_packages, data_dir) | {"PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "joust_embedded", "logs", "ranking", "-f", "-n", "1"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == "serving\n"
                with (data_dir / "logs" / "ranking.log").open("a") as log:
                    log.write("one more line\n")
                assert process.stdout.readline() == "one more line\n"
                process.send_signal(signal.SIGINT)
                assert process.wait(10) == 0
            finally:
                process.kill()

    def test_a_second_stack_and_clean_are_refused_while_it_runs(
        self, run: Callable[..., subprocess.CompletedProcess[str]], running: subprocess.Popen[str]
    ) -> None:
        for command in ("up", "clean"):
            answer = run(command)
            assert answer.returncode == 1
            assert f"pid {running.pid}" in answer.stderr
            assert "joust down" in answer.stderr
            assert "Traceback" not in answer.stderr
        assert run("status").returncode == 0

    def test_a_killed_service_is_started_again(
        self, run: Callable[..., subprocess.CompletedProcess[str]], data_dir: Path
    ) -> None:
        state = json.loads((data_dir / "stack.json").read_text())
        url = f"http://127.0.0.1:{state['ports']['task']}"
        pid = get(url)["pid"]
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGKILL)

        def is_back() -> bool:
            try:
                return get(url)["pid"] != pid
            except OSError:
                return False

        eventually(is_back)
        assert "task ended with code -9" in (data_dir / "logs" / "supervisor.log").read_text()
        now = json.loads((data_dir / "stack.json").read_text())["processes"]["task"]["pid"]
        assert now == get(url)["pid"]

    def test_down_stops_everything_and_clean_removes_the_data(
        self,
        run: Callable[..., subprocess.CompletedProcess[str]],
        running: subprocess.Popen[str],
        data_dir: Path,
    ) -> None:
        assert run("down").returncode == 0
        assert running.wait(10) == 0
        assert processes_of(data_dir) == []
        (data_dir / "mine.txt").write_text("not the stack's")
        assert run("clean").returncode == 0
        assert [file.name for file in data_dir.iterdir()] == ["mine.txt"]


def test_a_service_that_never_starts_stops_the_stack_and_shows_its_log(
    tmp_path: Path, fake_command: Command
) -> None:
    settings = EmbeddedSettings(data_dir=tmp_path / "data", gateway_port=0)
    commands = {"task": fake_command("task", "crash"), "gateway": fake_command("gateway")}
    with pytest.raises(StackError, match="task ended with code 3, 3 times") as caught:
        Stack(settings, services=("gateway", "task"), commands=commands).start()
    assert str(caught.value).count("the reason of the crash") == 3
    assert processes_of(tmp_path) == []


def test_a_migration_that_fails_stops_the_stack_and_names_the_service(
    joust: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    answer = joust("up", "--services", "task,wallet", FAKE_MIGRATION_FAILS="joust_wallet")
    assert answer.returncode == 1
    assert "could not be migrated: wallet: RuntimeError: column clash" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "column clash" in (tmp_path / "data" / "logs" / "migrate.log").read_text()
    assert processes_of(tmp_path) == []
