"""The stack's profiles: two processes of each service, and what watches them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import httpx2
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import Party
from joust_embedded.bounty.works import DECENT
from joust_embedded.errors import StackError
from joust_testing.compose import ComposeStack, docker, running_compose
from tests.containers.watching import jaeger_image, prometheus_image
from tests.support.arena import eventually, scored
from tests.support.distant import COMPOSE_FILE

pytestmark = pytest.mark.containers
IMAGES = {"prometheus": prometheus_image, "jaeger": jaeger_image}
BEHIND = [name.value for name in ServiceName if name is not ServiceName.GATEWAY]


@pytest.fixture(scope="module")
def watchers() -> dict[str, str]:
    """Images of what watches, by service; without those that can't be had here."""
    found: dict[str, str] = {}
    for service, image in IMAGES.items():
        try:
            found[service] = image()
        except StackError as error:
            print(f"no image of {service}: {error}")
    return found


@pytest.fixture(scope="module")
def compose(watchers: dict[str, str]) -> Iterator[ComposeStack]:
    """Both profiles at once, as far as there are images."""
    images = {f"JOUST_{service.upper()}_IMAGE": image for service, image in watchers.items()}
    stack = ComposeStack(
        COMPOSE_FILE,
        project=f"joust-test-{uuid4().hex[:8]}",
        profiles=("replicas", "observability") if len(watchers) == len(IMAGES) else ("replicas",),
        variables={"JOUST_TRACES_EXPORTER": "otlp" if "jaeger" in watchers else "none", **images},
    )
    began = time.monotonic()
    with running_compose(stack):
        if watchers:
            stack.compose("up", "--wait", "--no-deps", *watchers)
        print(f"up after {time.monotonic() - began:.0f} s")
        yield stack


@pytest.fixture
async def prometheus(compose: ComposeStack, watchers: dict[str, str]) -> AsyncIterator[httpx2.AsyncClient]:
    if "prometheus" not in watchers:
        pytest.skip("no image of Prometheus can be had here")
    async with httpx2.AsyncClient(base_url=compose.prometheus_url) as http:
        yield http


@pytest.fixture
async def jaeger(compose: ComposeStack, watchers: dict[str, str]) -> AsyncIterator[httpx2.AsyncClient]:
    if "jaeger" not in watchers:
        pytest.skip("no image of Jaeger can be had here")
    async with httpx2.AsyncClient(base_url=compose.jaeger_url) as http:
        yield http


@pytest.fixture
async def parties(compose: ComposeStack) -> AsyncIterator[tuple[Party, Party]]:
    """A poster at one gateway and an agent at the other."""
    poster = await Party.sign_up(compose.gateway_url, "Poster", patience_seconds=90)
    agent = await Party.sign_up(compose.second_gateway_url, "Agent", patience_seconds=90)
    yield poster, agent
    await asyncio.gather(poster.close(), agent.close())


async def play(poster: Party, agent: Party) -> int:
    """A bounty; what the agent got for it."""
    await poster.deposit(10_000)
    task = await poster.create_task()
    await poster.publish(task["id"])
    submitted = await agent.quick_submit(task["id"], DECENT)
    await scored(agent, submitted["id"], seconds=120)
    await poster.close_task(task["id"])
    await poster.deal(task["id"], agent.agent_id, 10_000)

    async def paid() -> bool:
        return bool((await agent.balance())["available_cents"])

    await eventually(paid, seconds=60)
    return int((await agent.balance())["available_cents"])


async def by_service(prometheus: httpx2.AsyncClient, query: str) -> dict[str, float]:
    """The query's value for each service."""
    answer = (await prometheus.get("/api/v1/query", params={"query": query})).raise_for_status().json()
    found = {each["metric"].get("service", ""): float(each["value"][1]) for each in answer["data"]["result"]}
    return {name: value for name, value in found.items() if value}


@pytest.mark.parametrize("service", ServiceName)
def test_both_processes_of_a_service_are_healthy(compose: ComposeStack, service: ServiceName) -> None:
    for name in (service.value, f"{service.value}-2"):
        (seen,) = json.loads(docker("inspect", compose.container_of(name)))
        assert seen["State"]["Health"]["Status"] == "healthy"


async def test_a_bounty_goes_from_one_gateway_to_the_other(parties: tuple[Party, Party]) -> None:
    assert await play(*parties) == 9_000


async def test_all_fourteen_processes_are_watched(prometheus: httpx2.AsyncClient) -> None:
    async def all_up() -> bool:
        return await by_service(prometheus, "sum by (service) (up)") == dict.fromkeys(ServiceName, 2)

    await eventually(all_up, seconds=90, every=1)


async def test_of_two_relays_of_a_service_one_is_at_work(prometheus: httpx2.AsyncClient) -> None:
    async def one_each() -> bool:
        active = await by_service(prometheus, "sum by (service) (joust_relay_active)")
        return active == dict.fromkeys(ServiceName, 1)

    await eventually(one_each, seconds=60, every=1)


async def test_limits_are_counted_by_both_gateways_together(
    prometheus: httpx2.AsyncClient, parties: tuple[Party, Party]
) -> None:
    async def shared() -> bool:
        await asyncio.gather(*(party.balance() for party in parties))
        return await by_service(prometheus, "sum by (service) (joust_rate_limits_shared)") == {"gateway": 2}

    await eventually(shared, seconds=60, every=1)


async def test_what_a_bounty_does_shows_in_the_metrics(
    prometheus: httpx2.AsyncClient, parties: tuple[Party, Party]
) -> None:
    handled = 'sum by (service) (joust_events_handled_total{type="submission.received.v1",outcome="handled"})'
    before = await by_service(prometheus, handled)
    await play(*parties)

    async def counted() -> bool:
        after = await by_service(prometheus, handled)
        return all(after.get(name, 0) > before.get(name, 0) for name in ("evaluation", "ranking"))

    await eventually(counted, seconds=60, every=1)


async def test_the_trace_of_a_submission_goes_through_four_services(
    jaeger: httpx2.AsyncClient, parties: tuple[Party, Party]
) -> None:
    await play(*parties)

    async def told() -> bool:
        found = await jaeger.get("/api/traces", params={"service": "joust-evaluation", "limit": 100})
        traces = found.raise_for_status().json()["data"]
        services = [{each["serviceName"] for each in trace["processes"].values()} for trace in traces]
        wanted = {"joust-gateway", "joust-submission", "joust-evaluation", "joust-ranking"}
        return any(wanted <= seen for seen in services)

    await eventually(told, seconds=60, every=1)


async def test_bounties_go_on_while_the_first_process_of_each_service_is_stopped(
    compose: ComposeStack, parties: tuple[Party, Party]
) -> None:
    """But for the gateway's: nothing here stands in front of both."""
    await asyncio.to_thread(compose.compose, "stop", *BEHIND)
    try:
        assert await play(*parties) > 0
    finally:
        await asyncio.to_thread(compose.compose, "start", *BEHIND)
