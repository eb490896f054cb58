"""Where the stack under test comes from: packages, containers, or an address."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from joust_embedded.errors import StackError
from joust_embedded.settings import SERVICES, EmbeddedSettings
from joust_embedded.stack import Stack
from joust_testing.compose import ComposeStack, running_compose
from joust_testing.judge import ScriptedJudge

_LOOPBACK = "127.0.0.1"
COMPOSE_FILE = "docker-compose.yml"
FOR_TESTS = {"JOUST_GATEWAY_RATE_LIMIT_ENABLED": "false", "JOUST_TASK_MIN_DEADLINE_SECONDS": "1"}
"""What every stack for tests allows, unless the environment says otherwise."""


def _on_loopback(port: int) -> str:
    return f"http://{_LOOPBACK}:{port}/hooks"


@dataclass(frozen=True)
class RunningStack:
    """A stack that answers; what it is not known to have is None."""

    gateway_url: str
    judge: ScriptedJudge | None = None
    database_dsn: str | None = None
    receiver_host: str = _LOOPBACK
    """Where receivers of webhooks listen."""
    receiver_url: Callable[[int], str] = _on_loopback
    """Under which URL the stack reaches a receiver's port."""


@contextmanager
def opened_stack(chosen: str, *, compose_file: Path | None = None) -> Iterator[RunningStack]:
    """``embedded``, ``compose``, or the URL of a gateway. Raises StackError if it does not come up."""
    if chosen.startswith(("http://", "https://")):
        yield RunningStack(chosen.rstrip("/"))
        return
    if chosen not in {"embedded", "compose"}:
        raise StackError(f"No such stack: {chosen}. Choose embedded, compose, or the URL of a gateway.")
    with _embedded() if chosen == "embedded" else _compose(compose_file) as stack:
        yield stack


@contextmanager
def _embedded() -> Iterator[RunningStack]:
    judge = ScriptedJudge()
    try:
        with (
            TemporaryDirectory(prefix="joust-testing-") as folder,
            _environment({**FOR_TESTS, **judge.settings}),
        ):
            # They may lose what they hold with the machine, so PostgreSQL needn't wait for the disk.
            settings = EmbeddedSettings(
                data_dir=Path(folder), gateway_port=0, postgres_fsync=False, start_timeout_seconds=240
            )
            with Stack.running(settings) as stack:
                yield RunningStack(stack.urls["gateway"], judge, stack.database_dsn)
    finally:
        judge.stop()


@contextmanager
def _compose(compose_file: Path | None) -> Iterator[RunningStack]:
    project = f"joust-test-{uuid4().hex[:8]}"
    file = compose_file or _found_above(Path.cwd())
    # Only containers can reach the engine's own bridge.
    bridge = ComposeStack(file, project=project).host_address()
    judge = ScriptedJudge(host=bridge)
    variables = {**FOR_TESTS, **judge.settings, **_settings_of_services()}
    stack = ComposeStack(file, project=project, variables=variables)

    def receiver_url(port: int) -> str:
        stack.forward_to_host(port)
        return _on_loopback(port)

    try:
        with running_compose(stack):
            yield RunningStack(stack.gateway_url, judge, stack.database_dsn, bridge, receiver_url)
    finally:
        judge.stop()


def _found_above(folder: Path) -> Path:
    for each in (folder, *folder.parents):
        if (each / COMPOSE_FILE).is_file():
            return each / COMPOSE_FILE
    raise StackError(f"There is no {COMPOSE_FILE} in {folder} or above; name one with --joust-compose-file.")


def _settings_of_services() -> dict[str, str]:
    """What the environment sets for services; containers do not see it by themselves."""
    prefixes = tuple(f"JOUST_{service.upper()}_" for service in SERVICES)
    return {name: value for name, value in os.environ.items() if name.startswith(prefixes)}


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The stack hands its own environment on to the services; what is set already is left as it is."""
    added = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
