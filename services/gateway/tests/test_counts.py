"""Counting requests for several gateways in one store, a real Valkey, and without it while it is away."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from limits import RateLimitItemPerMinute
from prometheus_client import REGISTRY
from pydantic import SecretStr, ValidationError

from joust_gateway.counts import Counts
from joust_gateway.settings import GatewaySettings
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.samples import new_id
from tests.support.valkey import ValkeyServer, valkey_server

TEN = RateLimitItemPerMinute(10, namespace="test")
LATE_SECONDS = 30.0
DEADLINE_SECONDS = 1.0
MARGIN_SECONDS = 3.0
"""All of them far more than an idle machine needs: a busy one must not look like a store that is away."""


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    with valkey_server(tmp_path_factory.mktemp("valkey")) as server:
        yield server


def counts_at(
    gateway: ServiceUnderTest, store: ValkeyServer | str, deadline_seconds: float = LATE_SECONDS
) -> Counts:
    url = store if isinstance(store, str) else store.url
    changed = {"rate_limit_storage": SecretStr(url), "rate_limit_storage_timeout_seconds": deadline_seconds}
    return Counts(gateway.service.settings.model_copy(update=changed))


def subject() -> str:
    return str(new_id())


async def allowed_of(counts: Counts, who: str, requests: int) -> int:
    answers = await asyncio.gather(*(counts.hit(TEN, who) for _ in range(requests)))
    return sum(answer.allowed for answer in answers)


async def test_several_gateways_share_a_limit_exactly(gateway: ServiceUnderTest, store: ValkeyServer) -> None:
    who = subject()
    first, second = counts_at(gateway, store), counts_at(gateway, store)
    async with first.opened(), second.opened():
        allowed = await asyncio.gather(*(allowed_of(each, who, 20) for each in (first, second)))
        assert sum(allowed) == 10
        assert await allowed_of(first, subject(), 3) == 3


async def test_redis_is_named_as_valkey_is(gateway: ServiceUnderTest, store: ValkeyServer) -> None:
    who = subject()
    first, second = counts_at(gateway, store), counts_at(gateway, store.url.replace("valkey", "redis"))
    async with first.opened(), second.opened():
        assert await allowed_of(first, who, 6) + await allowed_of(second, who, 6) == 10


@pytest.mark.parametrize("fault", ["stop", "freeze"])
async def test_without_the_store_a_gateway_counts_by_itself_and_says_so_until_it_is_back(
    gateway: ServiceUnderTest, store: ValkeyServer, fault: str
) -> None:
    who = subject()
    counts = counts_at(gateway, store, DEADLINE_SECONDS)
    async with counts.opened():
        assert await allowed_of(counts, who, 10) == 10
        getattr(store, fault)()
        began = time.monotonic()
        assert await allowed_of(counts, who, 20) == 10
        assert await allowed_of(counts, who, 20) == 0
        # All of the first round may wait for the deadline, side by side, and later ones do not wait.
        assert time.monotonic() - began < DEADLINE_SECONDS + MARGIN_SECONDS
        assert REGISTRY.get_sample_value("joust_rate_limits_shared") == 0
        with pytest.raises((ConnectionError, TimeoutError)):
            await counts.ping()
        store.start() if fault == "stop" else store.thaw()
        async with asyncio.timeout(10):
            while REGISTRY.get_sample_value("joust_rate_limits_shared") == 0:
                await counts.hit(TEN, subject())
                await asyncio.sleep(0.05)
        await counts.ping()
        assert await allowed_of(counts, who, 20) == (10 if fault == "stop" else 0)


async def test_a_store_that_is_away_refuses_nobody_and_is_named_by_readyz(
    open_gateway: Any, store: ValkeyServer
) -> None:
    gateway = await open_gateway(rate_limit_enabled=True, rate_limit_storage=store.url)
    assert (await gateway.http.get("/readyz")).json()["checks"]["shared limits"] == "ok"
    store.stop()
    answer = await gateway.http.get("/api/public/tasks")
    assert answer.status_code != 500
    assert "RateLimit-Remaining" in answer.headers
    ready = (await gateway.http.get("/readyz")).json()
    assert ready["checks"]["shared limits"] != "ok"
    without_kafka = {
        name: state for name, state in ready["checks"].items() if name not in {"kafka", "shared limits"}
    }
    assert set(without_kafka.values()) == {"ok"}


@pytest.mark.parametrize("url", ["", "redis://x", "async+memcached://x", "async+valkey://", "Memory"])
def test_a_storage_that_is_none_is_refused_with_what_it_may_be(gateway: ServiceUnderTest, url: str) -> None:
    values = {**gateway.service.settings.model_dump(), "rate_limit_storage": url}
    with pytest.raises(ValidationError, match=r"async\+valkey://host:port"):
        GatewaySettings(**values)


async def test_without_a_store_readyz_tells_of_none(gateway: ServiceUnderTest) -> None:
    assert "shared limits" not in (await gateway.http.get("/readyz")).json()["checks"]
