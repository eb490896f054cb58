"""Small pieces: ports, the lock, the way of another user to the data, the jars, the launcher."""

import hashlib
import os
import pwd
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from joust_embedded import downloads, launcher, os_user, ports
from joust_embedded.claims import PortClaims
from joust_embedded.errors import StackError
from joust_embedded.kafka_cache import KafkaCache, LockedJar
from joust_embedded.lock import StackLock, holder
from joust_embedded.os_user import OsUser, make_reachable
from joust_embedded.settings import PARTS, SERVICES, EmbeddedSettings


class TestPorts:
    def test_every_process_gets_a_port_of_its_own_and_keeps_it(self, tmp_path: Path) -> None:
        settings = EmbeddedSettings(gateway_port=0)
        # Of several choices, for another stack on this machine may take one of the ports meanwhile.
        chosen = [ports.choose(settings, tmp_path / "ports.json") for _ in range(4)]
        first = chosen[0]
        assert len(set(first.values())) == len(first) == len((*SERVICES, *PARTS, *ports.INNER_PORTS))
        assert any(before == after for before, after in pairwise(chosen))

    def test_a_kept_port_that_was_taken_meanwhile_is_replaced(self, tmp_path: Path) -> None:
        settings = EmbeddedSettings(gateway_port=0)
        first = ports.choose(settings, tmp_path / "ports.json")
        with socket.create_server(("127.0.0.1", first["kafka"])):
            second = ports.choose(settings, tmp_path / "ports.json")
        assert second["kafka"] != first["kafka"]
        assert {**second, "kafka": 0} == {**first, "kafka": 0}

    @pytest.mark.parametrize("text", ["", "[]", '{"task": "x"}', "null"])
    def test_a_damaged_memory_of_ports_is_forgotten(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "ports.json").write_text(text)
        assert ports.choose(EmbeddedSettings(gateway_port=0), tmp_path / "ports.json")["task"]

    def test_stacks_that_start_at_the_same_time_choose_other_ports(self, tmp_path: Path) -> None:
        settings, file = EmbeddedSettings(gateway_port=0), tmp_path / "ports.json"
        first, second = PortClaims(tmp_path / "claims"), PortClaims(tmp_path / "claims")
        chosen = ports.choose(settings, file, first.take)
        others = ports.choose(settings, file, second.take)
        assert not set(chosen.values()) & set(others.values())
        taken = EmbeddedSettings(gateway_port=chosen["gateway"])
        with pytest.raises(StackError, match="already in use"):
            ports.choose(taken, file, second.take)
        first.release()
        assert ports.choose(taken, file, second.take)["gateway"] == chosen["gateway"]
        second.release()

    def test_one_port_for_two_services_is_refused(self, tmp_path: Path) -> None:
        (port,) = ports.any_free("127.0.0.1", 1)
        settings = EmbeddedSettings(gateway_port=port, task_port=port)
        with pytest.raises(StackError, match=f"Port {port} for task"):
            ports.choose(settings, tmp_path / "ports.json")


class TestLock:
    def test_is_held_once_and_tells_by_whom(self, tmp_path: Path) -> None:
        path = tmp_path / "lock"
        assert holder(path) is None
        lock = StackLock(path)
        lock.acquire()
        assert holder(path) == os.getpid()
        with pytest.raises(StackError, match="already running"):
            StackLock(path).acquire()
        lock.release()
        assert holder(path) is None
        lock.release()

    def test_ends_with_its_holder(self, tmp_path: Path) -> None:
        path = tmp_path / "lock"
        program = (
            "import os, pathlib, sys; from joust_embedded.lock import StackLock; "
            "StackLock(pathlib.Path(sys.argv[1])).acquire(); os._exit(1)"
        )
        subprocess.run([sys.executable, "-c", program, str(path)], check=False)
        assert path.read_text()
        assert holder(path) is None


class TestAnotherUser:
    def test_is_made_once_by_stacks_that_start_at_the_same_time_on_a_new_machine(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[pwd.struct_passwd] = []
        anybody = pwd.getpwuid(os.getuid())

        def make() -> pwd.struct_passwd:
            time.sleep(0.05)  # as long as useradd takes, so that all others come meanwhile
            made.append(anybody)
            return anybody

        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(os_user, "_existing", lambda: made[0] if made else None)
        monkeypatch.setattr(os_user, "_added", make)
        with ThreadPoolExecutor(8) as stacks:
            users = list(stacks.map(lambda _: os_user.unprivileged(), range(8)))
        assert len(made) == 1
        assert users == [OsUser(anybody.pw_uid, anybody.pw_gid)] * 8


class TestWayOfAnotherUser:
    def test_only_folders_that_block_the_user_are_opened_and_only_to_pass(self, tmp_path: Path) -> None:
        closed, open_ = tmp_path / "closed", tmp_path / "closed" / "open"
        open_.mkdir(parents=True)
        closed.chmod(0o700)
        open_.chmod(0o755)
        make_reachable(open_ / "data", OsUser(uid=54321, gid=54321))
        assert stat.S_IMODE(closed.stat().st_mode) == 0o701
        assert stat.S_IMODE(open_.stat().st_mode) == 0o755

    def test_nothing_changes_without_another_user(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        make_reachable(closed / "data", None)
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700


class TestJars:
    def test_the_lock_names_each_jar_once_with_a_checksum(self, tmp_path: Path) -> None:
        cache = KafkaCache(tmp_path)
        assert cache.version.startswith("4.1.")
        assert len({jar.file_name for jar in cache.locked}) == len(cache.locked)
        assert all(len(jar.sha256) == 64 for jar in cache.locked)
        assert cache.missing() == cache.locked
        assert not cache.is_complete()

    @pytest.mark.parametrize("honest", [True, False])
    def test_a_jar_that_is_not_the_locked_one_is_refused(self, tmp_path: Path, honest: bool) -> None:
        # A jar that the local repository already has: no network is asked.
        settings = EmbeddedSettings(offline=True)
        content = b"a jar"
        folder = tmp_path / "org" / "thing" / "1"
        folder.mkdir(parents=True)
        (folder / "thing-1.jar").write_bytes(content)
        digest = hashlib.sha256(content if honest else b"other").hexdigest()
        jar = LockedJar("org", "thing", "1", digest)
        if honest:
            path = downloads._download(downloads._maven(settings, tmp_path), jar)
            assert path.read_bytes() == content
        else:
            with pytest.raises(StackError, match="not the file that was locked"):
                downloads._download(downloads._maven(settings, tmp_path), jar)


class TestLauncher:
    def launch(self, parent: int, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "-S", launcher.__file__, str(parent), "9", "-1", "-1", *command],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_becomes_the_command(self) -> None:
        assert self.launch(os.getpid(), "echo", "hello").stdout == "hello\n"

    def test_runs_nothing_when_its_parent_is_gone_already(self) -> None:
        answer = self.launch(os.getpid() + 1, "echo", "hello")
        assert (answer.returncode, answer.stdout) == (1, "")
