"""Row 12: an artifact on its way in, against putting the same bytes to the same storage with a client library.

Timed are register, presigned PUT and complete together, and quick-submit of the same bytes as text. What is handed
in hardly packs, so that bytes are bytes. Its evaluation runs behind on the same cores.
"""

import asyncio
import hashlib
import io
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from zipfile import ZIP_STORED, ZipFile

import aiohttp
import psutil
from minio import Minio

from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import Json
from joust_embedded.bounty.client import Party as Agent
from joust_embedded.bounty.works import THOROUGH
from joust_embedded.settings import SERVICES
from joust_kit.storage import ObjectStorage
from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Party, Ratio, Sample, interleave, ratio
from tests.support.services import service_of

_MEGABYTE = 1_000_000
_SIZES = (1_000, 100_000, _MEGABYTE, 10 * _MEGABYTE, 100 * _MEGABYTE)
_FILES = (1, 100, 1_000, 9_000)
_LARGEST = 100 * _MEGABYTE
_TEXT_BYTES = 500_000
"""Of a quick submission: what the API takes as JSON is limited on this stack."""
_PLACES = 25
_MEMORY_EVERY_SECONDS = 0.02
_MEMORY_GOAL_MB = round(64 * 2**20 / 1e6, 1)


class _Yard:
    """An agent, places to submit to, and storage as others would use it."""

    def __init__(self, bench: Bench, agent: Agent, session: aiohttp.ClientSession) -> None:
        self._bench = bench
        self._agent = agent
        self._session = session
        self._places = 0
        self._task = ""
        settings = service_of(bench.stack, ServiceName.SUBMISSION).settings
        at = urlsplit(settings.s3_endpoint_url)
        self._bucket = settings.s3_bucket
        self._minio = Minio(
            endpoint=at.netloc,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key.get_secret_value(),
            secure=False,
            region=settings.s3_region,
        )
        self.handed_in: dict[str, str] = {}
        """SHA-256 by submission."""

    async def put_by_library(self, content: bytes) -> Sample:
        """The floor."""
        began, key = time.perf_counter(), f"bench/{uuid4()}"
        await asyncio.to_thread(self._minio.put_object, self._bucket, key, io.BytesIO(content), len(content))
        taken = Sample(1, time.perf_counter() - began)
        await asyncio.to_thread(self._minio.remove_object, self._bucket, key)
        return taken

    async def bring(self, content: bytes) -> Sample:
        """Register, put, complete."""
        task = await self._place()
        began = time.perf_counter()
        made = await self._agent.post(f"/api/v1/tasks/{task}/submissions", {})
        async with self._session.put(made["upload_url"], data=content) as response:
            response.raise_for_status()
        done = await self._complete(made["id"])
        taken = Sample(1, time.perf_counter() - began)
        self.handed_in[made["id"]] = done["sha256"]
        assert done["sha256"] == hashlib.sha256(content).hexdigest()
        return taken

    async def complete(self, content: bytes) -> Sample:
        """Of the same only the last step."""
        made = await self._agent.post(f"/api/v1/tasks/{await self._place()}/submissions", {})
        async with self._session.put(made["upload_url"], data=content) as response:
            response.raise_for_status()
        began = time.perf_counter()
        await self._complete(made["id"])
        return Sample(1, time.perf_counter() - began)

    async def submit(self, text: str) -> Sample:
        """Quick-submit."""
        task = await self._place()
        began = time.perf_counter()
        await self._agent.quick_submit(task, {**THOROUGH, "data.txt": text})
        return Sample(1, time.perf_counter() - began)

    async def _complete(self, id: str) -> Json:
        answer = await self._agent.http.post(f"/api/v1/submissions/{id}/complete", timeout=120)
        answer.raise_for_status()
        return dict(answer.json())

    async def _place(self) -> str:
        if self._places == 0:
            made = await self._bench.poster.create_task(max_submissions_per_agent=_PLACES)
            self._task = (await self._bench.poster.publish(made["id"]))["id"]
            self._places = _PLACES
        self._places -= 1
        return self._task


async def measure(bench: Bench) -> RowResult:
    """Time beside the floor at 10 MB, and of quick-submit; memory at 100 MB; and what was kept."""
    result = RowResult("artifacts", "Row 12, artifact: register -> presigned PUT -> complete; quick-submit")
    text = _text(_TEXT_BYTES)
    async with _open_yard(bench) as yard:
        for size, name in ((_MEGABYTE, "1 MB"), (10 * _MEGABYTE, "10 MB")):
            content = artifact(size)
            parties: dict[str, Party] = {
                "floor": partial(yard.put_by_library, content),
                "presigned": partial(yard.bring, content),
            }
            await interleave(parties, 1)
            samples = await interleave(parties, bench.rounds)
            goal = 1.3 if size == 10 * _MEGABYTE else None
            figure = ratio(samples, "presigned", "floor", _seconds)
            result.figures.append(Figure(f"presigned flow / minio PUT, {name}", figure, at_most=goal))
        parties = {
            "floor": lambda: yard.put_by_library(text.encode()),
            "quick-submit": lambda: yard.submit(text),
        }
        await interleave(parties, 1)
        samples = await interleave(parties, bench.rounds)
        figure = ratio(samples, "quick-submit", "floor", _seconds)
        result.figures.append(Figure("quick-submit / minio PUT, 0.5 MB of text", figure, at_most=2.5))
        content = artifact(_LARGEST)
        grown = await _growth(bench, yard.bring(content))
        result.counters += [
            Counter(f"{name}: MB grown by an artifact of 100 MB", megabytes, at_most=_MEMORY_GOAL_MB)
            for name, megabytes in grown.items()
        ]
        result.checked = await _check(bench, yard)
    return result


async def curves(bench: Bench) -> list[Curve]:
    """Over bytes, in units of the floor; over files, in units of one file."""
    async with _open_yard(bench) as yard:
        by_size: list[Point] = []
        for size in _SIZES:
            content = artifact(size)
            parties: dict[str, Party] = {
                "floor": partial(yard.put_by_library, content),
                "presigned": partial(yard.bring, content),
            }
            samples = await interleave(parties, 3)
            by_size.append(Point(size / 1e6, ratio(samples, "presigned", "floor", _seconds)))
        first: list[Sample] = []
        by_files: list[Point] = []
        for count in _FILES:
            content = artifact(_MEGABYTE, files=count)
            taken = [await yard.complete(content) for _ in range(3)]
            first = first or taken
            times = (one.seconds / unit.seconds for one, unit in zip(taken, first, strict=True))
            by_files.append(Point(count, Ratio(tuple(times))))
    return [
        Curve(
            "artifacts-size",
            "Artifact: register, PUT, complete, by size",
            "MB",
            "time / minio PUT of the same bytes",
            {"presigned flow": by_size},
        ),
        Curve(
            "artifacts-files",
            "Artifact: complete of 1 MB, by files in it",
            "files",
            "time / with one file",
            {"complete": by_files},
        ),
    ]


def artifact(size_bytes: int, *, files: int = 1) -> bytes:
    """A zip of about so many bytes that don't pack, besides its description, in so many files."""
    out, chance = io.BytesIO(), Random(size_bytes)
    described = THOROUGH["SUBMISSION.md"]
    each = max(0, size_bytes - 2_000) // files
    with ZipFile(out, "w", ZIP_STORED) as archive:
        archive.writestr("SUBMISSION.md", described)
        for number in range(files):
            archive.writestr(f"data/{number}.bin", chance.randbytes(each))
    return out.getvalue()


def _text(size_bytes: int) -> str:
    return "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789 \n", k=size_bytes))


@asynccontextmanager
async def _open_yard(bench: Bench) -> AsyncIterator[_Yard]:
    agent = await Agent.sign_up(bench.gateway, "Bringer")
    agent.http.timeout = 120
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        try:
            yield _Yard(bench, agent, session)
        finally:
            await agent.close()


async def _growth(bench: Bench, work: Coroutine[Any, Any, Sample]) -> dict[str, float]:
    """By how many megabytes each service's process was larger at its peak than before."""
    processes = {name: psutil.Process(bench.stack.pid(name)) for name in SERVICES}
    before = {name: process.memory_info().rss for name, process in processes.items()}
    peaks = dict(before)
    doing = asyncio.ensure_future(work)
    while not doing.done():
        for name, process in processes.items():
            peaks[name] = max(peaks[name], process.memory_info().rss)
        await asyncio.sleep(_MEMORY_EVERY_SECONDS)
    await doing
    return {name: (peaks[name] - before[name]) / 1e6 for name in processes}


async def _check(bench: Bench, yard: _Yard) -> str:
    """Every artifact that was brought lies in storage with the hash that was told."""
    service = service_of(bench.stack, ServiceName.SUBMISSION)
    rows = await bench.database.fetch(
        "SELECT id, artifact ->> 'key' AS key FROM submission.submissions WHERE id = ANY($1::uuid[])",
        list(yard.handed_in),
    )
    assert len(rows) == len(yard.handed_in)
    async with ObjectStorage(service.settings) as storage:
        for row in rows:
            digest = hashlib.sha256()
            async with storage.open(row["key"]) as chunks:
                async for chunk in chunks:
                    digest.update(chunk)
            assert digest.hexdigest() == yard.handed_in[str(row["id"])]
    return f"{len(rows)} artifacts lie in storage byte for byte as they were brought"


def _seconds(sample: Sample) -> float:
    return sample.seconds / sample.operations
