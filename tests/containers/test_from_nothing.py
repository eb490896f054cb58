"""From nothing to a played bounty in containers, by one command each. Run by CI where an engine can be had."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from joust_contracts.services import ServiceName
from joust_testing.compose import ComposeStack, docker, running_compose

COMPOSE_FILE = Path(__file__).parent.parent.parent / "docker-compose.yml"

pytestmark = pytest.mark.containers


@pytest.fixture(scope="module")
def compose() -> Iterator[ComposeStack]:
    """The stack, with the time that it took to come up, printed."""
    began = time.monotonic()
    stack = ComposeStack(COMPOSE_FILE, project=f"joust-test-{uuid4().hex[:8]}")
    with running_compose(stack):
        print(f"up after {time.monotonic() - began:.0f} s")
        yield stack


def test_a_bounty_is_played_and_its_webhooks_arrive(compose: ComposeStack) -> None:
    said = compose.compose("run", "--rm", "--no-deps", "play", timeout_seconds=300)
    assert "every signature was right" in said


@pytest.mark.parametrize("service", ServiceName)
def test_a_service_has_no_rights_and_a_root_that_it_cannot_write(
    compose: ComposeStack, service: ServiceName
) -> None:
    (seen,) = json.loads(docker("inspect", compose.container_of(service)))
    assert seen["Config"]["User"] == "10001:10001"
    assert seen["HostConfig"]["ReadonlyRootfs"]
    assert seen["HostConfig"]["CapDrop"] == ["ALL"]
    assert seen["HostConfig"]["Memory"] > 0
    print(f"{service}: {docker('image', 'inspect', '--format', '{{.Size}}', seen['Image']).strip()} bytes")


def test_preparing_again_changes_nothing(compose: ComposeStack) -> None:
    said = compose.compose("run", "--rm", "--no-deps", "prepare", timeout_seconds=300)
    assert "are ready for the services" in said
