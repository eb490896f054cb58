"""A network for an image: only if its task asks for one, and the deployment gives one."""

import asyncio
import json
import socket
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

CALLS = (
    "import json, socket\n"
    "socket.create_connection(('{host}', {port}), 5).sendall(b'here')\n"
    "json.dump({{'score': 77}}, open('/output/score.json', 'w'))\n"
)


@pytest.fixture
async def bridge(judged: Any) -> str:
    """The address of this machine on the engine's own network."""
    process = await asyncio.create_subprocess_exec(
        *("docker", "network", "inspect", "bridge"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    told = json.loads((await process.communicate())[0] or "[]")
    nets = [each for net in told for each in net["IPAM"]["Config"]]
    # Not every engine tells its gateway; it is the first address of the network then.
    addresses = [each.get("Gateway") or str(ip_network(each["Subnet"])[1]) for each in nets]
    try:
        with socket.create_server((addresses[0], 0)):
            return str(addresses[0])
    except (IndexError, OSError):
        pytest.skip("the engine has no bridge to this machine")


async def test_an_image_reaches_a_network_only_if_its_task_asks_for_it(judged: Any, bridge: str) -> None:
    containers = judged.bench.resources.containers
    given = replace(containers, confinement=replace(containers.confinement, network="bridge"))
    with socket.create_server((bridge, 0)) as canary:
        canary.setblocking(False)
        poster = CALLS.format(host=bridge, port=canary.getsockname()[1])
        files = {"poster.py": poster, "answer.txt": "42"}
        alone = await judged.run(await judged.hand_in(files), containers=given)
        assert "exit code 1" in alone.failure_reason
        with pytest.raises(BlockingIOError):
            canary.accept()
        online = await judged.run(await judged.hand_in(files, eval_network=True), containers=given)
        assert online.failure_reason is None
        assert online.judgement["final_score"] == 77
        canary.accept()[0].close()
