"""``/livez``, ``/readyz`` and ``/metrics``, the same in every service."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from joust_kit.observability.metrics import TASKS

Check = Callable[[], Awaitable[None]]
_CHECK_TIMEOUT_SECONDS = 2.0


def health_router(checks: Mapping[str, Check], notes: Mapping[str, Check]) -> APIRouter:
    """``checks`` by name of the dependency; each raises when its dependency does not answer.

    ``notes`` are reported as checks are, but a service is ready without them.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        asked = {**notes, **checks}
        states = await asyncio.gather(*(_state(check) for check in asked.values()))
        report = dict(zip(asked, states, strict=True))
        ready = all(report[name] == "ok" for name in checks)
        return JSONResponse(
            {"status": "ok" if ready else "not ready", "checks": report}, 200 if ready else 503
        )

    @router.get("/metrics")
    async def metrics() -> Response:
        TASKS.set(len(asyncio.all_tasks()))
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def install_health(app: FastAPI, checks: Mapping[str, Check], notes: Mapping[str, Check]) -> None:
    """Add the health routes to ``app``."""
    app.include_router(health_router(checks, notes))


async def _state(check: Check) -> str:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 - the report says what it was
        return f"{type(error).__name__}: {error}"[:200]
    return "ok"
