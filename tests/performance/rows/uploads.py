"""Row 13: files of a competition are announced a hundred at a time, and handed in, ten and ten thousand.

Floors: the same URLs signed by the client library, and the same requests to storage for the files that are handed in
(copy each, list the copies). What an Idempotency-Key costs is measured by drafts of competitions, with and without one.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import uuid4

import aiohttp

from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import Json
from joust_embedded.bounty.client import Party as Account
from joust_kit.storage import ObjectStorage
from joust_kit.turns import each_in_turn
from tests.authorisation.calls import a_competition
from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Party, Ratio, Sample, interleave, ratio
from tests.support.services import service_of

_AT_ONCE = 100
"""Files of one request."""
_FEW, _MANY = 10, 10_000
_TURN = 20
"""Requests of one party's turn."""
_SIZES = (10, 100, 1_000)
_LOOKS = 32
"""As many files as the service copies at a time."""
_CONTENT = b"0123456789"
_HOUR = timedelta(hours=1)
_TERMS = {"terms_accepted": True}


class _Yard:
    """An entrant of a competition, and storage as others would use it."""

    def __init__(
        self, creator: Account, entrant: Account, session: aiohttp.ClientSession, storage: ObjectStorage
    ) -> None:
        self.creator, self.entrant = creator, entrant
        self._session, self._storage = session, storage
        self.competition = ""
        self.handed_in: dict[str, int] = {}
        """Files by submission."""

    async def open(self) -> None:
        """A competition that the entrant joined."""
        self.competition = f"/api/competitions/{await self._drafted()}"
        await self.creator.post(f"{self.competition}/publish", _TERMS)
        await self.entrant.post(f"{self.competition}/join", _TERMS)

    async def draft(self) -> str:
        """The path of a new draft of work."""
        body = {"title": "Many files", **_TERMS}
        made = await self.entrant.post(f"{self.competition}/submission-drafts", body)
        return f"/api/submission-drafts/{made['id']}"

    async def announce(self, draft: str, count: int) -> list[Json]:
        """Files of a few bytes each."""
        size = len(_CONTENT)
        files = [{"filename": f"{uuid4()}.txt", "size": size} for _ in range(count)]
        return list((await self.entrant.post(f"{draft}/assets/presign", {"files": files}))["assets"])

    async def presign(self) -> Sample:
        """A hundred files, again and again."""
        draft = await self.draft()
        taken = await _timed(lambda: self.announce(draft, _AT_ONCE))
        await self.entrant.post(f"{draft}/withdraw")
        return taken

    async def sign(self) -> Sample:
        """The floor: a hundred URLs."""

        async def sign_all() -> None:
            for _ in range(_AT_ONCE):
                self._storage.presigned_put(f"competition-uploads/{uuid4()}/{uuid4()}", expires=_HOUR)

        return await _timed(sign_all)

    async def create(self, *, once: bool) -> Sample:
        """Drafts of competitions, with a key each or without."""

        async def make() -> None:
            headers = {"Idempotency-Key": str(uuid4())} if once else {}
            answer = await self.creator.http.post("/api/competitions", json=a_competition(), headers=headers)
            answer.raise_for_status()

        return await _timed(make)

    async def uploaded(self, count: int) -> tuple[str, Sequence[Json]]:
        """A draft with so many files in storage."""
        draft = await self.draft()
        assets: list[Json] = []
        for begin in range(0, count, _AT_ONCE):
            assets += await self.announce(draft, min(_AT_ONCE, count - begin))
        await each_in_turn(assets, self._put, at_once=_LOOKS)
        return draft, assets

    async def hand_in(self, count: int) -> Sample:
        """Of so many files, only the last step."""
        draft, assets = await self.uploaded(count)
        named = [{"asset_upload_id": asset["asset_upload_id"]} for asset in assets]
        began = time.perf_counter()
        answer = await self.entrant.http.post(
            f"{draft}/submit", json={"assets": named, **_TERMS}, timeout=150
        )
        taken = Sample(1, time.perf_counter() - began)
        assert answer.status_code == 200, answer.text
        self.handed_in[draft.rpartition("/")[2]] = count
        return taken

    async def look(self, count: int) -> Sample:
        """The floor: the requests to storage for so many files."""
        folder = f"bench/{uuid4()}"
        keys = [f"{folder}/{uuid4()}" for _ in range(count)]
        await each_in_turn(keys, self._store, at_once=_LOOKS)
        began = time.perf_counter()
        await each_in_turn(keys, self._copy, at_once=_LOOKS)
        copies = [each.key async for each in self._storage.list_objects(f"{folder}-copies/")]
        taken = Sample(1, time.perf_counter() - began)
        assert len(copies) == count
        await each_in_turn([*keys, *copies], self._storage.delete, at_once=_LOOKS)
        return taken

    async def _put(self, asset: Json) -> None:
        upload = asset["upload"]
        async with self._session.put(upload["url"], data=_CONTENT, headers=upload["headers"]) as answer:
            answer.raise_for_status()

    async def _store(self, key: str) -> None:
        url = self._storage.presigned_put(key, expires=_HOUR)
        async with self._session.put(url, data=_CONTENT) as answer:
            answer.raise_for_status()

    async def _copy(self, key: str) -> None:
        folder, _, name = key.rpartition("/")
        await self._storage.copy(key, f"{folder}-copies/{name}", content_type="text/plain")

    async def _drafted(self) -> str:
        return str((await self.creator.post("/api/competitions", a_competition()))["id"])


async def measure(bench: Bench) -> RowResult:
    """Announcing, the cost of a key, and handing in, each beside its floor; and what was kept."""
    result = RowResult("uploads", "Row 13, uploads: 100 files announced; 10 and 10,000 files handed in")
    async with _open_yard(bench) as yard:
        parties: dict[str, Party] = {
            "signed": yard.sign,
            "presign": yard.presign,
            "with a key": partial(yard.create, once=True),
            "without": partial(yard.create, once=False),
            "looked at": partial(yard.look, _FEW),
            "handed in": partial(yard.hand_in, _FEW),
        }
        await interleave(parties, 1)
        samples = await interleave(parties, bench.rounds)
        many = await yard.hand_in(_MANY)
        floor = await yard.look(_MANY)
        result.figures = [
            Figure("100 files announced / 100 URLs signed", ratio(samples, "presign", "signed", _seconds)),
            Figure(
                "POST with an Idempotency-Key / without", ratio(samples, "with a key", "without", _seconds)
            ),
            Figure("10 files handed in / looked at", ratio(samples, "handed in", "looked at", _seconds)),
            Figure("10,000 files handed in / looked at", Ratio((many.seconds / floor.seconds,))),
        ]
        result.counters = [*_latencies(samples), Counter("10,000 files handed in, seconds", many.seconds)]
        result.checked = await _check(bench, yard)
    return result


async def curves(bench: Bench) -> list[Curve]:
    """Over files that are handed in, in units of the floor."""
    points = []
    async with _open_yard(bench) as yard:
        for count in _SIZES:
            parties = {"looked at": partial(yard.look, count), "handed in": partial(yard.hand_in, count)}
            samples = await interleave(parties, 3)
            points.append(Point(count, ratio(samples, "handed in", "looked at", _seconds)))
    title = "Uploads: submit, by files"
    return [Curve("uploads-files", title, "files", "time / the requests to storage", {"submit": points})]


def _latencies(samples: Mapping[str, Sequence[Sample]]) -> list[Counter]:
    taken = sorted(each for sample in samples["presign"] for each in sample.latencies_ms)
    return [
        Counter(f"100 files announced, p{percent}, ms", taken[int(percent / 100 * (len(taken) - 1))])
        for percent in (50, 99)
    ]


async def _timed(ask: Callable[[], Awaitable[object]]) -> Sample:
    latencies = []
    for _ in range(_TURN):
        asked = time.perf_counter()
        await ask()
        latencies.append((time.perf_counter() - asked) * 1e3)
    return Sample(_TURN, sum(latencies) / 1e3, latencies)


@asynccontextmanager
async def _open_yard(bench: Bench) -> AsyncIterator[_Yard]:
    creator = await Account.sign_up(bench.gateway, "Creator")
    entrant = await Account.sign_up(bench.gateway, "Entrant")
    settings = service_of(bench.stack, ServiceName.SUBMISSION).settings
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(timeout=timeout) as session, ObjectStorage(settings) as storage:
        yard = _Yard(creator, entrant, session, storage)
        try:
            await yard.open()
            yield yard
        finally:
            await asyncio.gather(creator.close(), entrant.close())


async def _check(bench: Bench, yard: _Yard) -> str:
    """Every submission has its files, each where no URL of an upload writes."""
    rows = await bench.database.fetch(
        "SELECT draft_id, count(*) AS files FROM submission.assets WHERE draft_id = ANY($1::uuid[]) "
        "AND status = 'attached' AND key LIKE 'competition-assets/%' GROUP BY draft_id",
        list(yard.handed_in),
    )
    assert {str(row["draft_id"]): row["files"] for row in rows} == yard.handed_in
    return f"{len(rows)} submissions have {sum(yard.handed_in.values())} files, each out of the reach of URLs"


def _seconds(sample: Sample) -> float:
    return sample.seconds / sample.operations
