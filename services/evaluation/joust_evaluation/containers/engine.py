"""A Docker engine by its HTTP API, with our own failures and a limit to every wait."""

import asyncio
import io
import json
import tarfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO

import aiohttp
from aiodocker import Docker, DockerError

from joust_evaluation.containers.attaching import Attached
from joust_evaluation.containers.contract import MAX_SCORE_BYTES
from joust_evaluation.containers.errors import BadConfig, EngineError, NoArchive, NoSuchThing
from joust_evaluation.judges.base import JudgeUnavailable
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_CALL_SECONDS = 30.0
"""The library waits for ever for an end or a removal, unless it is told."""
_TAR = {"Content-Type": "application/x-tar"}
_TAR_OVERHEAD_BYTES = 20_000
_LINKS_IN_A_RING = "too many links"
"""An engine's own words for a link that leads to itself, which it calls a failure within."""
_FRAME_HEADER_BYTES = 8
"""Of a piece of output: which stream, three zeros, its length (Engine API, ``ContainerAttach``)."""


class EngineAway(JudgeUnavailable):
    """The engine does not answer; what it was asked may be tried again."""

    def __init__(self, words: str | None = None) -> None:
        super().__init__("The container engine of the judge does not answer.")
        self.words = words
        """What it said, if it did answer: that something failed within."""


@asynccontextmanager
async def open_engine(url: str) -> AsyncIterator["Engine"]:
    """The engine at ``url``, which need not be up yet."""
    timeout = aiohttp.ClientTimeout(total=_CALL_SECONDS, sock_connect=5)
    async with Docker(url=url, timeout=timeout) as docker:
        yield Engine(docker)


@dataclass(frozen=True)
class Found:
    """A container or a volume that the engine has."""

    id: str
    """Of a container; of a volume its name."""
    name: str
    labels: Mapping[str, str]
    age_seconds: float
    """Since it was made, or its content was changed, by the engine's own clock."""


class Engine:
    """Every method raises ``EngineAway``, ``EngineError`` or, for what is not there, ``NoSuchThing``."""

    def __init__(self, docker: Docker) -> None:
        self._docker = docker

    async def architecture(self) -> str:
        """As Docker names it, e.g. ``amd64``. Also tells whether the engine is there."""
        async with _translated():
            return str((await self._docker.version())["Arch"])

    async def registry_digest(self, image: str) -> str:
        """What a registry has under a name now, without pulling it."""
        async with _translated():
            found = await self._docker._query_json(f"distribution/{image}/json")
        return str(found["Descriptor"]["digest"])

    async def image(self, name: str) -> Mapping[str, Any]:
        """An image that the engine has."""
        async with _translated():
            return await self._docker.images.inspect(name)

    async def pull(self, pin: str, seconds: float) -> None:
        """Bring an image from its registry."""
        async with _translated(), asyncio.timeout(seconds):
            await self._docker.images.pull(pin)

    async def import_image(self, name: str, layer: bytes) -> None:
        """Make an image of one layer."""
        repository, _, tag = name.partition(":")
        params = {"fromSrc": "-", "repo": repository, "tag": tag}
        async with (
            _translated(),
            self._docker._query("images/create", "POST", params=params, data=layer, headers=_TAR) as response,
        ):
            await response.read()

    async def create_volume(self, name: str, labels: Mapping[str, str], options: Mapping[str, str]) -> None:
        """A volume of the engine's own driver."""
        config = {"Name": name, "Driver": "local", "DriverOpts": dict(options), "Labels": dict(labels)}
        async with _translated():
            await self._docker.volumes.create(config)  # type: ignore[no-untyped-call]

    async def create(self, config: Mapping[str, Any], name: str | None = None) -> str:
        """A container that does not run yet; returns its id."""
        async with _translated():
            return (await self._docker.containers.create(dict(config), name=name)).id

    @asynccontextmanager
    async def attached(self, container: str) -> AsyncIterator[Attached]:
        """Its streams for the length of the block. Attach before the start, or miss what it says first."""
        attaching = self._docker.containers.container(container).attach(stdin=True, stdout=True, stderr=True)
        async with _translated(), attaching as stream:
            yield Attached(stream)

    async def usage(self, container: str) -> Mapping[str, Any]:
        """What it uses now, as the Engine API's ``ContainerStats`` has it."""
        params = {"stream": "0", "one-shot": "1"}
        async with _translated():
            found: Mapping[str, Any] = await self._docker._query_json(
                f"containers/{container}/stats", params=params
            )
        return found

    async def rename(self, name: str, new_name: str) -> None:
        """Give the container that has this name another one."""
        path, params = f"containers/{name}/rename", {"name": new_name}
        async with _translated(), self._docker._query(path, "POST", params=params):
            pass

    async def start(self, container: str) -> None:
        """Begin to run it."""
        async with _translated():
            await self._docker.containers.container(container).start()

    async def wait(self, container: str) -> None:
        """Return once it has ended, however long that takes."""
        async with _translated():
            await self._docker.containers.container(container).wait()

    async def kill(self, container: str) -> None:
        """End it at once."""
        async with _translated():
            await self._docker.containers.container(container).kill(timeout=_CALL_SECONDS)

    async def state(self, container: str) -> Mapping[str, Any]:
        """Its ``State``."""
        async with _translated():
            shown = await self._docker.containers.container(container).show()
        state: Mapping[str, Any] = shown["State"]
        return state

    async def was_told_to_end(self, container: str, state: Mapping[str, Any]) -> bool:
        """True if the engine sent a signal to a container that has ended: because it stops itself, say.

        What ends by its own signal, or by the kernel's, is not told of as a kill.
        """
        params = {
            "since": str(_seconds_of(state["StartedAt"]) - 1),
            "until": str(_seconds_of(state["FinishedAt"]) + 1),
            "filters": json.dumps({"container": [container], "event": ["kill"]}),
        }
        async with _translated(), self._docker._query("events", "GET", params=params) as response:
            return bool((await _beginning(response.content, _TAR_OVERHEAD_BYTES)).strip())

    async def put(self, container: str, content: BinaryIO) -> None:
        """Unpack a tar at the container's root."""
        path = f"containers/{container}/archive"
        patience = aiohttp.ClientTimeout(total=4 * _CALL_SECONDS)
        async with (
            _translated(),
            self._docker._query(
                path, "PUT", params={"path": "/"}, data=content, headers=_TAR, timeout=patience
            ) as response,
        ):
            await response.read()

    async def get(self, container: str, path: str) -> tuple[tarfile.TarInfo, bytes]:
        """A file of a container: what it is, and its content as far as a score may be long.

        Raises ``NoArchive``, too.
        """
        url = f"containers/{container}/archive"
        try:
            async with _translated(), self._docker._query(url, "GET", params={"path": path}) as response:
                head = await _beginning(response.content, MAX_SCORE_BYTES + _TAR_OVERHEAD_BYTES)
                response.close()
        except EngineAway as error:
            if error.words is not None and _LINKS_IN_A_RING in error.words:
                raise NoArchive(error.words) from error
            raise
        return _first_of(head)

    async def output(self, container: str, stream: str, max_bytes: int) -> bytes:
        """The end of what a container wrote to ``stdout`` or ``stderr``, as far as the engine kept it."""
        url, params = f"containers/{container}/logs", {stream: "1", "tail": "5000"}
        kept = bytearray()
        async with _translated(), self._docker._query(url, "GET", params=params) as response:
            async for piece in _frames(response.content):
                kept += piece
                del kept[:-max_bytes]
        return bytes(kept)

    async def containers_with(self, label: str) -> list[tuple[str, str]]:
        """Containers that bear the label, ``name`` or ``name=value``: their ids and the label's value."""
        async with _translated():
            found = await self._docker.containers.list(all="true", filters=json.dumps({"label": [label]}))
        name = label.partition("=")[0]
        return [(each.id, str(each["Labels"][name])) for each in found]

    async def volumes_with(self, label: str) -> list[tuple[str, str]]:
        """The same for volumes, by name."""
        async with _translated():
            found = await self._docker.volumes.list(filters={"label": [label]})  # type: ignore[no-untyped-call]
        name = label.partition("=")[0]
        return [(str(each["Name"]), str(each["Labels"][name])) for each in found["Volumes"] or ()]

    async def containers_found(self, filters: Mapping[str, str]) -> list[Found]:
        """Containers by the Engine API's filters: ``label``, or ``name``, of which a part is enough."""
        params = {"all": "true", "filters": json.dumps({name: [value] for name, value in filters.items()})}
        async with _translated(), self._docker._query("containers/json", params=params) as response:
            listed, now = await response.json(), _time_of(response)
        return [
            Found(
                str(each["Id"]),
                each["Names"][0].removeprefix("/"),
                each["Labels"] or {},
                now - each["Created"],
            )
            for each in listed
            if each["Names"]  # else it is being removed
        ]

    async def volumes_found(self, label: str) -> list[Found]:
        """Volumes that bear the label."""
        params = {"filters": json.dumps({"label": [label]})}
        async with _translated(), self._docker._query("volumes", params=params) as response:
            listed, now = await response.json(), _time_of(response)
        return [
            Found(each["Name"], each["Name"], each["Labels"] or {}, now - _seconds_of(each["CreatedAt"]))
            for each in listed["Volumes"] or ()
        ]

    async def remove_container(self, container: str) -> None:
        """End and remove it with what it alone has; one that is gone, or being removed, is fine."""
        try:
            async with _translated():
                await self._docker.containers.container(container).delete(
                    force=True, v=True, timeout=_CALL_SECONDS
                )
        except NoSuchThing:
            return
        except EngineError as error:
            if "already in progress" not in str(error):
                raise

    async def remove_volume(self, name: str) -> None:
        """Remove it; one that is gone is fine."""
        try:
            async with _translated(), self._docker._query(f"volumes/{name}", "DELETE"):
                pass
        except NoSuchThing:
            return


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except DockerError as error:
        log.warning("engine refused", status=error.status, message=error.message[:500])
        if error.status == 404:
            raise NoSuchThing(error.message[:500]) from error
        if error.status == 400:
            raise BadConfig(error.message[:500]) from error
        if error.status < 500:
            raise EngineError(error.message[:500]) from error
        raise EngineAway(error.message[:500]) from error
    except (aiohttp.ClientError, OSError, json.JSONDecodeError) as error:  # a timeout is an OSError
        log.warning("engine does not answer", error=repr(error))
        raise EngineAway from error


async def _beginning(content: aiohttp.StreamReader, max_bytes: int) -> bytes:
    head = bytearray()
    while len(head) < max_bytes and (chunk := await content.readany()):
        head += chunk
    return bytes(head[:max_bytes])


def _time_of(response: aiohttp.ClientResponse) -> float:
    """The engine's clock, which may be far from ours. Something between may keep it from us."""
    told = response.headers.get("Date")
    return parsedate_to_datetime(told).timestamp() if told else time.time()


def _seconds_of(moment: str) -> int:
    """Of the engine's own clock, since 1970."""
    return int(datetime.fromisoformat(moment).timestamp())


def _first_of(head: bytes) -> tuple[tarfile.TarInfo, bytes]:
    """The first entry of a tar that may be cut off. Raises ``EngineError``."""
    try:
        with tarfile.open(fileobj=io.BytesIO(head), mode="r|") as tar:
            entry = tar.next()
            if entry is None:
                raise NoArchive("the engine sent an empty archive")
            if not entry.isreg() or entry.size > MAX_SCORE_BYTES:
                return entry, b""
            content = tar.extractfile(entry)
            return entry, b"" if content is None else content.read()
    except tarfile.TarError as error:
        raise EngineError("the engine sent no archive") from error


async def _frames(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Pieces of output without the headers between them."""
    try:
        while True:
            header = await content.readexactly(_FRAME_HEADER_BYTES)
            left = int.from_bytes(header[4:], "big")
            while left > 0:
                piece = await content.readexactly(min(left, 65_536))
                left -= len(piece)
                yield piece
    except EOFError:  # IncompleteReadError: the log is over
        return
