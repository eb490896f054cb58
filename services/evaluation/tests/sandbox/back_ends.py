"""The back ends of the sandbox as tests open them; what this machine lacks is skipped, visibly."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from joust_evaluation.containers.engine import EngineAway, open_engine
from joust_evaluation.sandbox.base import Sandbox
from joust_evaluation.sandbox.choice import choose_sandbox
from joust_evaluation.sandbox.house import opened_house
from joust_evaluation.settings import EvaluationSettings
from services.evaluation.tests.test_settings import settings_with
from tests.support.containers import BASE, ENGINE_URL, provide_base


@asynccontextmanager
async def open_bubblewrap(spares: int = 1) -> AsyncIterator[Sandbox]:
    """Bubblewrap of this machine."""
    if sys.platform != "linux":
        pytest.skip("bubblewrap is for Linux")
    from joust_evaluation.sandbox import bubblewrap

    with opened_house() as house:
        async with bubblewrap.open_bubblewrap(house, spares) as opened:
            yield opened


@asynccontextmanager
async def open_container_sandbox() -> AsyncIterator[Sandbox]:
    """Containers of this machine's engine."""
    settings = container_settings()
    async with open_engine(ENGINE_URL) as engine:
        try:
            await engine.architecture()
        except EngineAway:
            pytest.skip(f"no container engine answers at {ENGINE_URL}")
        await provide_base()
        async with choose_sandbox(settings, engine) as sandbox:
            yield sandbox


def container_settings(**values: object) -> EvaluationSettings:
    """Settings that name containers as the sandbox. The runtime may be named from outside, e.g. ``runsc``."""
    return settings_with(
        **{
            "sandbox": "container",
            "docker_url": ENGINE_URL,
            "sandbox_image": BASE,
            "container_runtime": os.environ.get("JOUST_EVALUATION_CONTAINER_RUNTIME"),
            **values,
        }
    )
