"""What is special to containers as the sandbox: leftovers, files that change, an engine that is away."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from joust_evaluation.containers.engine import Engine, open_engine
from joust_evaluation.containers.leftovers import LeftoverSweep
from joust_evaluation.containers.rules import LABEL, SANDBOX_LABEL
from joust_evaluation.sandbox.base import Limits, Program, SandboxFailed, SandboxMissing
from joust_evaluation.sandbox.choice import choose_sandbox
from joust_evaluation.sandbox.container import ContainerSandbox
from joust_evaluation.sandbox.container_rules import SandboxImage, exceeded, program_config
from joust_evaluation.sandbox.house import opened_house
from services.evaluation.tests.sandbox.back_ends import container_settings, open_container_sandbox
from services.evaluation.tests.sandbox.processes import sleepers, until
from services.evaluation.tests.test_settings import settings_with

WORKER = """
import asyncio, sys, uuid
from joust_evaluation.sandbox.base import Limits, Program
from services.evaluation.tests.sandbox.back_ends import open_container_sandbox

async def main():
    async with open_container_sandbox() as sandbox, sandbox.room(uuid.UUID(sys.argv[1])) as room:
        await sandbox.run(Program(("sleep", sys.argv[2]), room, limits=Limits(seconds=600)))

asyncio.run(main())
"""
NOWHERE = "unix:///nonexistent/docker.sock"
IMAGE = SandboxImage("sha256:0a", ("/data",), 1.0, "runsc")


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[ContainerSandbox]:
    """Containers alone."""
    async with open_container_sandbox() as opened:
        assert isinstance(opened, ContainerSandbox)
        yield opened


async def left_of(engine: Engine, evaluation_id: UUID) -> list[str]:
    """Containers and volumes in which an evaluation executed something."""
    label = f"{SANDBOX_LABEL}={evaluation_id}"
    return [name for name, _ in [*await engine.containers_with(label), *await engine.volumes_with(label)]]


@asynccontextmanager
async def killed_worker(place: Path) -> AsyncIterator[tuple[UUID, str]]:
    """What a worker leaves that was killed while a program ran: the evaluation, and the program's mark."""
    evaluation_id, marker = uuid4(), f"89{os.getpid()}"
    environment = {**os.environ, "TMPDIR": str(place)}
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, str(evaluation_id), marker, env=environment
    )
    try:
        await until(lambda: sleepers(marker))
    finally:
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
    yield evaluation_id, marker


async def test_the_next_attempt_ends_and_removes_what_a_killed_worker_left(
    sandbox: ContainerSandbox, engine: Engine, place: Path
) -> None:
    async with killed_worker(place) as (evaluation_id, marker):
        assert len(await left_of(engine, evaluation_id)) == 2
        async with sandbox.room(evaluation_id) as room:
            assert await left_of(engine, evaluation_id) == []
            assert not sleepers(marker)
            (room / "main.py").write_text("print('well')")
            run = await sandbox.run(Program(("python3", "main.py"), room))
            assert run.stdout == b"well\n"
        assert await left_of(engine, evaluation_id) == []


async def test_the_sweep_removes_what_belongs_to_ended_evaluations_alone(engine: Engine) -> None:
    ended, waits = uuid4(), uuid4()
    for label, evaluation_id in ((SANDBOX_LABEL, ended), (SANDBOX_LABEL, waits), (LABEL, waits)):
        await engine.create_volume(f"joust-left-{uuid4()}", {label: str(evaluation_id)}, {})

    async def finished_among(ids: Any) -> set[UUID]:
        return {ended} & set(ids)

    try:
        assert await LeftoverSweep(engine, finished_among, 600).sweep() == 1
        assert await left_of(engine, ended) == []
        assert len(await left_of(engine, waits)) == 1
    finally:
        for label in (SANDBOX_LABEL, LABEL):
            for name, _ in await engine.volumes_with(f"{label}={waits}"):
                await engine.remove_volume(name)


async def test_a_run_sees_its_files_as_they_are_now_and_who_may_execute_them(
    sandbox: ContainerSandbox,
) -> None:
    async with sandbox.room(uuid4()) as room:
        work = room / "work"
        (work / "deep" / "er").mkdir(parents=True)
        (work / "deep" / "er" / "ünï.txt").write_text("é")
        (work / "link").symlink_to("/etc/passwd")
        (work / "run.sh").write_text("#!/bin/sh\ncat deep/er/*; ls -a . | tr '\\n' ' '; id -u\n")
        (work / "run.sh").chmod(0o700)
        first = await sandbox.run(Program(("./run.sh",), work))
        (work / "run.sh").write_text("#!/bin/sh\necho again\n")
        second = await sandbox.run(Program(("./run.sh",), work))
    # Of links nothing is carried: there is no need to know where they would lead.
    assert first.stdout.decode() == "é. .. deep run.sh 65534\n", first
    assert second.stdout == b"again\n"


async def test_without_its_engine_a_sandbox_fails_and_says_so(place: Path) -> None:
    with opened_house(place) as house:
        async with open_engine(NOWHERE) as nowhere:
            sandbox = ContainerSandbox(nowhere, house, IMAGE)
            with pytest.raises(SandboxFailed, match="container engine"):
                async with sandbox.room(uuid4()):
                    pass


async def test_where_nothing_works_nothing_is_executed_and_a_name_keeps_the_service_down(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    async with open_engine(NOWHERE) as nowhere:
        settings = container_settings(sandbox="auto", docker_url=NOWHERE, sandbox_folder=place)
        async with choose_sandbox(settings, nowhere) as none:
            with pytest.raises(SandboxMissing, match=r"not installed.* engine does not answer"):
                none.room(uuid4())
        named = container_settings(docker_url=NOWHERE, sandbox_folder=place)
        with pytest.raises(ValueError, match="JOUST_EVALUATION_SANDBOX=container can't be used"):
            async with choose_sandbox(named, nowhere):
                pass


async def test_an_image_that_does_not_exist_is_no_sandbox(engine: Engine, place: Path) -> None:
    named = container_settings(sandbox_image="localhost:1/no/such:1", sandbox_folder=place)
    with pytest.raises(ValueError, match=r"has no image localhost:1/no/such:1"):
        async with choose_sandbox(named, engine):
            pass


async def test_auto_takes_containers_where_bubblewrap_does_not_start(
    sandbox: ContainerSandbox, engine: Engine, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    async with choose_sandbox(container_settings(sandbox="auto", sandbox_folder=place), engine) as found:
        assert found.name == sandbox.name


@pytest.mark.parametrize("values", [{}, {"docker_url": NOWHERE}, {"sandbox_image": "python:3.13-slim"}])
def test_containers_without_engine_or_image_are_refused_with_the_fix(values: dict[str, str]) -> None:
    with pytest.raises(
        ValueError, match="JOUST_EVALUATION_DOCKER_URL and an image in JOUST_EVALUATION_SANDBOX"
    ):
        settings_with(sandbox="container", **values)


def test_a_program_has_no_network_no_rights_and_no_more_than_its_limits() -> None:
    limits = Limits(memory_bytes=64_000_000, disk_bytes=16_000_000, disk_files=100, processes=8)
    program = Program(("python3", "main.py"), Path("/room"), environment={"A": "b"}, limits=limits)
    config = program_config(IMAGE, {"joust.sandbox": "x"}, program, "volume")
    host = config["HostConfig"]
    assert (host["NetworkMode"], host["Runtime"], host["PidsLimit"]) == ("none", "runsc", 9)
    assert host["Memory"] == host["MemorySwap"] < 100_000_000
    assert host["ReadonlyRootfs"]
    assert (host["CapDrop"], host["CapAdd"]) == (["ALL"], [])
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert (host["LogConfig"], config["User"]) == ({"Type": "none"}, "65534:65534")
    assert "nr_inodes=100" in host["Tmpfs"]["/tmp"]
    assert [(each["Type"], each["Target"], each.get("ReadOnly")) for each in host["Mounts"]] == [
        ("volume", "/submission", True),
        # A volume that the image declares would lie on the engine's disk without a bound.
        ("tmpfs", "/data", None),
    ]
    assert {each["Name"] for each in host["Ulimits"]} >= {"fsize", "nofile", "cpu", "data", "core"}


def test_processes_that_reach_their_limit_are_named() -> None:
    assert exceeded({"pids_stats": {"current": 9}}, Limits(processes=8)) is not None
    assert exceeded({"pids_stats": {"current": 8}}, Limits(processes=8)) is None
    assert exceeded({}, Limits(processes=8)) is None
