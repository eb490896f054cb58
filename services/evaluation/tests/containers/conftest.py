"""A real engine, and an image that judges as a test wants. Without an engine its tests are skipped, visibly."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from pytest_httpserver import HTTPServer

from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.containers.engine import Engine, Found, open_engine
from joust_evaluation.containers.images import pin
from joust_evaluation.containers.rules import LABEL, SPARE_LABEL, keepers_of
from joust_evaluation.evaluations.jobs import evaluate_long
from joust_evaluation.evaluations.models import Evaluation
from joust_kit.testing.component import ServiceUnderTest
from tests.support.containers import ENGINE_URL, build_image, provide_base

IMAGE = "joust-test-judge:1"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKERFILE = """
FROM python:3.13-slim
COPY start.py judge.py /judge/
CMD ["python3", "/judge/start.py"]
"""
START = """
# A poster's own code, which a test hands in so that one image serves all tests.
import os
os.umask(0o077)
own = "/submission/poster.py"
exec(open(own if os.path.exists(own) else "/judge/judge.py").read())
"""
JUDGE = """
import json, os, pathlib, subprocess
answer = pathlib.Path("/submission/answer.txt").read_text()
program = pathlib.Path("/submission/main.py")
if program.exists():
    # What was submitted runs as another user, who may not write where the score is read.
    done = subprocess.run(["python3", str(program)], user=65534, group=65534, extra_groups=[], timeout=10,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    print("the program said", done.stdout)
    answer = answer + done.stdout
with open(os.environ["JOUST_SCORE"], "w") as file:
    json.dump({"score": 100 if "42" in answer else 10, "breakdown": {"answer": answer[:1000]},
               "message": "Compared with 42."}, file)
"""


@pytest.fixture(scope="session")
async def judge_image(engine: Engine) -> str:
    """The image, by its name."""
    await provide_base()
    await build_image(IMAGE, {"Dockerfile": DOCKERFILE, "start.py": START, "judge.py": JUDGE})
    return IMAGE


class ContainerBench:
    """Hands work to a service that has an engine."""

    def __init__(self, bench: Any, image: str, image_pin: str) -> None:
        self.bench = bench
        self.image = image
        self.pin = image_pin
        self.handed_in: list[UUID] = []

    @property
    def engine(self) -> Engine:
        """The service's own."""
        engine: Engine = self.bench.resources.containers.engine
        return engine

    async def task(self, **changes: Any) -> Any:
        """A task that is judged by the image, with a short time."""
        values = {
            "eval_mode": EvalMode.CONTAINER,
            "eval_image": self.image,
            "eval_image_digest": self.pin,
            "eval_memory_mb": 64,
            "eval_timeout_seconds": 30,
            **changes,
        }
        return await self.bench.known_task(**values)

    async def hand_in(self, files: Mapping[str, str | bytes], **task_changes: Any) -> Evaluation:
        """Work that waits to be judged."""
        evaluation: Evaluation = await self.bench.hand_in(await self.task(**task_changes), files)
        self.handed_in.append(evaluation.id)
        return evaluation

    async def run(self, evaluation: Evaluation, **how: Any) -> Evaluation:
        """Judge it, in the long lane."""
        done: Evaluation = await self.bench.run(evaluation, job=evaluate_long, **how)
        return done

    async def judge(self, files: Mapping[str, str | bytes], **task_changes: Any) -> Evaluation:
        """Hand in and judge."""
        return await self.run(await self.hand_in(files, **task_changes))

    async def failure_of(self, poster: str, **task_changes: Any) -> str:
        """Why nothing came of it when the poster's container does what ``poster`` says, in Python."""
        done = await self.judge({"poster.py": poster, "answer.txt": "42"}, **task_changes)
        assert done.judgement is None, done.judgement
        assert done.platform_fault
        return done.failure_reason or ""

    async def that_run(self, evaluation_id: UUID) -> list[str]:
        """Containers of an evaluation that run just now."""
        found = await self._containers_of(evaluation_id)
        return [each.id for each in found if (await self.engine.state(each.id))["Running"]]

    async def leftovers(self, evaluation_id: UUID) -> list[str]:
        """Containers and volumes of an evaluation."""
        containers = await self._containers_of(evaluation_id)
        volumes = await self.engine.volumes_found(f"{LABEL}={evaluation_id}")
        for token in {each.labels[SPARE_LABEL] for each in containers if SPARE_LABEL in each.labels}:
            volumes += await self.engine.volumes_found(f"{SPARE_LABEL}={token}")
        return [each.name for each in (*containers, *volumes)]

    async def _containers_of(self, evaluation_id: UUID) -> list[Found]:
        found = await self.engine.containers_found({"label": f"{LABEL}={evaluation_id}"})
        found += await self.engine.containers_found({"name": keepers_of(evaluation_id)})
        return list({each.id: each for each in found}.values())


@pytest.fixture(scope="session")
async def judged(
    open_service: Callable[..., Awaitable[ServiceUnderTest]], judge_image: str, bench: Any
) -> ContainerBench:
    """A service with the engine."""
    tested = await open_service(
        ServiceName.EVALUATION,
        docker_url=ENGINE_URL,
        container_local_images=True,
        container_scratch_mb=16,
        container_pids=64,
        container_output_bytes=4000,
    )
    containers = tested.runtime.resources.containers
    image_pin = await pin(containers.engine, judge_image, containers.policy)
    return ContainerBench(type(bench)(tested), judge_image, image_pin)


@pytest.fixture
async def away(judged: ContainerBench) -> AsyncIterator[Any]:
    """What runs images in an engine that is not there."""
    async with open_engine("unix:///nonexistent/docker.sock") as nowhere:
        yield replace(judged.bench.resources.containers, engine=nowhere, spares=None)


class Relay:
    """A port that leads to the engine's socket, until it is cut."""

    def __init__(self) -> None:
        self.is_cut = False
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        if self.is_cut:
            writer.transport.abort()
            return
        inner_reader, inner_writer = await asyncio.open_unix_connection(ENGINE_URL.removeprefix("unix://"))
        self._writers += [writer, inner_writer]
        await asyncio.gather(self._pass(reader, inner_writer), self._pass(inner_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65_536):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    def cut(self) -> None:
        """As if the engine had died: connections end, and no new ones are taken."""
        self.is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """The engine is back."""
        self.is_cut = False


@pytest.fixture
async def relayed(judged: ContainerBench) -> AsyncIterator[tuple[Any, Relay]]:
    """What runs images through a relay that can be cut."""
    if not ENGINE_URL.startswith("unix://"):
        pytest.skip("the engine has no socket on this machine")
    relay = Relay()
    async with await asyncio.start_server(relay.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with open_engine(f"http://127.0.0.1:{port}") as engine:
            yield replace(judged.bench.resources.containers, engine=engine, spares=None), relay
        relay.cut()


@pytest.fixture(scope="session")
async def named_user_image(judge_image: str) -> str:
    """An image that runs as somebody with a name."""
    name = "joust-test-judge:named"
    dockerfile = f"FROM {judge_image}\nRUN useradd --uid 4242 --no-create-home somebody\nUSER somebody\n"
    await build_image(name, {"Dockerfile": dockerfile})
    return name


@pytest.fixture(scope="session")
async def volume_image(judge_image: str) -> str:
    """An image that declares a volume."""
    name = "joust-test-judge:volume"
    dockerfile = f"FROM {judge_image}\nRUN mkdir -m 777 /data\nVOLUME /data\n"
    await build_image(name, {"Dockerfile": dockerfile})
    return name


@pytest.fixture
def registry(httpserver: HTTPServer) -> str:
    """A registry on this machine that has ``acme/judge:1`` and nothing else."""
    config = b'{"architecture": "amd64", "os": "linux"}'
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "size": len(config), "digest": digest_of(config)},
        "layers": [],
    }
    content = json.dumps(manifest).encode()
    unknown = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}
    httpserver.expect_request("/v2/").respond_with_json({})
    httpserver.expect_request("/v2/nobody/judge/manifests/1").respond_with_json(unknown, status=404)
    for reference in ("1", digest_of(content)):
        httpserver.expect_request(f"/v2/acme/judge/manifests/{reference}").respond_with_data(
            content, content_type=MANIFEST, headers={"Docker-Content-Digest": digest_of(content)}
        )
    httpserver.expect_request(f"/v2/acme/judge/blobs/{digest_of(config)}").respond_with_data(config)
    return f"localhost:{httpserver.port}"


def digest_of(content: bytes) -> str:
    """As registries name content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
