"""Artifacts on their way to the judge: checked, in little memory, and gone afterwards whatever happens."""

import asyncio
import hashlib
import os
import tempfile
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from joust_contracts.events import SubmissionReceived
from joust_contracts.events.submissions import Artifact
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_evaluation.judges.base import JudgeUnavailable
from joust_kit.storage import CHUNK_BYTES

MEGABYTE = 1_000_000
MEMORY_BYTES = 64 * 2**20
Look = Callable[[], list[str]]


class OnDisk:
    """Storage of one object that lies in a file, as it comes piece by piece."""

    def __init__(self, path: Path, *, last_byte: bytes = b"", hangs: bool = False) -> None:
        self._path, self._last_byte, self._hangs = path, last_byte, hangs
        self.hung = asyncio.Event()

    @asynccontextmanager
    async def open(self, _key: str) -> AsyncIterator[AsyncIterator[bytes]]:
        yield self._chunks()

    async def _chunks(self) -> AsyncIterator[bytes]:
        with self._path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                is_last = file.tell() == self._path.stat().st_size
                if is_last and self._hangs:
                    self.hung.set()
                    await asyncio.Event().wait()
                yield chunk[:-1] + self._last_byte if is_last and self._last_byte else chunk


class Looking:
    """A judge that looks which temporary files there are, and then does as told."""

    name = "looking"

    def __init__(self, look: Look, *, fails: bool = False, hangs: bool = False) -> None:
        self._look, self._fails, self._hangs = look, fails, hangs
        self.seen: list[str] = []
        self.asked = asyncio.Event()

    async def judge(self, _request: Any) -> Any:
        self.seen = self._look()
        self.asked.set()
        if self._hangs:
            await asyncio.Event().wait()
        raise JudgeUnavailable("busy") if self._fails else KeyError("a mistake")


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Tells the temporary files that are there or open, with a name or without."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    def now() -> list[str]:
        found = [str(path) for path in folder.iterdir()]
        for descriptor in os.listdir("/proc/self/fd"):
            try:
                found.append(os.readlink(f"/proc/self/fd/{descriptor}"))
            except FileNotFoundError:
                continue
        return [each for each in found if each.startswith(str(folder))]

    return now


def zip_of_random_bytes(path: Path, megabytes: int) -> Artifact:
    """An archive of so many megabytes that deflate could not make smaller, a third of them text."""
    noise = os.urandom(MEGABYTE // 2)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("SUBMISSION.md", "# SUBMISSION.md")
        for name, piece, pieces in (("a.txt", noise.hex().encode(), megabytes // 3), ("b.bin", noise * 2, 0)):
            with archive.open(name, "w") as file:
                for _ in range(pieces or megabytes - megabytes // 3):
                    file.write(piece)
    with path.open("rb") as packed:
        digest = hashlib.file_digest(packed, "sha256").hexdigest()
    return Artifact(key="on-disk", sha256=digest, size_bytes=path.stat().st_size, files_count=3)


async def handed_in(bench: Any, artifact: Artifact) -> Any:
    submission = bench.a_submission(await bench.known_task(), artifact)
    await bench.tested.deliver(SubmissionReceived(submission=submission))
    return await bench.of_submission(submission.id)


async def test_an_artifact_of_100_mb_is_judged_in_little_memory(bench: Any, tmp_path: Path) -> None:
    path = tmp_path / "large.zip"
    artifact = zip_of_random_bytes(path, 99)
    evaluation = await handed_in(bench, artifact)
    judge = bench.ScriptedJudge(50.0)
    tracemalloc.start()
    try:
        done = await bench.run(evaluation, judge=judge, storage=OnDisk(path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert artifact.size_bytes > 99 * MEGABYTE
    assert done.status is EvaluationStatus.COMPLETED
    assert peak <= MEMORY_BYTES
    (request,) = judge.requests
    texts = {file.name: len(file.content) for file in request.files.texts}
    assert list(texts) == ["SUBMISSION.md", "a.txt"]
    assert sum(texts.values()) <= bench.resources.limits.max_characters
    assert [file.name for file in request.files.binaries] == ["b.bin"]


async def test_an_artifact_whose_last_byte_differs_is_never_judged(
    bench: Any, tmp_path: Path, look: Look
) -> None:
    artifact = zip_of_random_bytes(tmp_path / "a.zip", 3)
    evaluation = await handed_in(bench, artifact)
    judge = bench.ScriptedJudge(50.0)
    done = await bench.run(evaluation, judge=judge, storage=OnDisk(tmp_path / "a.zip", last_byte=b"!"))
    assert "not the one that was submitted" in done.failure_reason
    assert judge.requests == []
    assert look() == []


@pytest.mark.parametrize("fails", [False, True])
async def test_the_file_is_there_for_the_judging_alone(
    bench: Any, tmp_path: Path, look: Look, fails: bool
) -> None:
    artifact = zip_of_random_bytes(tmp_path / "a.zip", 3)
    evaluation = await handed_in(bench, artifact)
    judge = Looking(look, fails=fails)
    await bench.run(evaluation, judge=judge, storage=OnDisk(tmp_path / "a.zip"))
    assert len(judge.seen) == 1
    assert look() == []


async def test_a_full_disk_is_waited_for(bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation = await handed_in(bench, zip_of_random_bytes(tmp_path / "a.zip", 3))
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Path("/dev/full").open("w+b"))  # noqa: SIM115
    judge = bench.ScriptedJudge(50.0)
    waiting = await bench.run(evaluation, judge=judge, storage=OnDisk(tmp_path / "a.zip"))
    assert (waiting.status, judge.requests) == (EvaluationStatus.QUEUED, [])
    assert len(await bench.waiting_jobs(evaluation)) == 2


async def test_the_file_is_gone_after_a_result(bench: Any, tmp_path: Path, look: Look) -> None:
    evaluation = await handed_in(bench, zip_of_random_bytes(tmp_path / "a.zip", 3))
    done = await bench.run(evaluation, judge=bench.ScriptedJudge(50.0), storage=OnDisk(tmp_path / "a.zip"))
    assert done.status is EvaluationStatus.COMPLETED
    assert look() == []


@pytest.mark.parametrize("where", ["while it comes", "while it is judged"])
async def test_the_file_is_gone_when_the_job_is_cancelled(
    bench: Any, tmp_path: Path, look: Look, where: str
) -> None:
    evaluation = await handed_in(bench, zip_of_random_bytes(tmp_path / "a.zip", 3))
    storage = OnDisk(tmp_path / "a.zip", hangs=where == "while it comes")
    judge = Looking(look, hangs=True)
    reached = storage.hung if where == "while it comes" else judge.asked
    job = asyncio.create_task(bench.run(evaluation, judge=judge, storage=storage))
    async with asyncio.timeout(10):
        await reached.wait()
    assert len(look()) == 1
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert look() == []
