"""What is made once and used by all runs of a worker: settings, services, apps, engines, sessions."""

import asyncio
import base64
import gc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

import joust_kit.jobs
import joust_kit.service
from joust_contracts.services import ServiceName
from joust_kit.database.connections import open_engine
from joust_kit.service import Service, create_app
from joust_kit.testing.memory_parts import MemoryParts
from joust_kit.testing.memory_store import MemoryStore
from tests.simulation.database import Emptier
from tests.simulation.session import Sessions

_WORKERS_OF_A_JOB = 2
_SECRET = base64.urlsafe_b64encode(b"k" * 32).decode()
"""The same in each worker: what is encrypted or signed with it shows in traces."""
_STORING = (ServiceName.TASK, ServiceName.SUBMISSION, ServiceName.EVALUATION, ServiceName.WEBHOOK)


class CurrentStore:
    """Whatever store the run at hand has; services are made once and keep this."""

    store: Any = None

    async def __aenter__(self) -> "CurrentStore":
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


class Factory:
    """Makes apps and engines once. An engine keeps its compiled statements, and gets a new pool each time."""

    def __init__(self, dsn: str) -> None:
        self.sessions = Sessions(dsn)
        self.storage = CurrentStore()
        self.open_services: Any = None
        """How the gateway of the run at hand reaches the services."""
        self.empty = Emptier(self.sessions.admin)
        self._url = dsn.replace("postgresql://", "postgresql+asyncpg://")
        self._private_key, self._public_key = _key_pair()
        self._engines: dict[tuple[str, str], AsyncEngine] = {}
        self._made: dict[ServiceName, tuple[Service, FastAPI]] = {}
        for module in (joust_kit.service, joust_kit.jobs):
            vars(module)["open_engine"] = self._lend_engine
        known = asyncio.run(_known_types(dsn))
        asyncpg.Connection._introspect_types = _introspection_of(known)

    def service(self, name: ServiceName) -> tuple[Service, FastAPI]:
        """The service and its app."""
        if name not in self._made:
            create = import_module(f"joust_{name}.bootstrap").create_service
            service: Service = create(self._settings(name), **self._parts_of(name))
            jobs = [replace(job, max_workers=min(job.max_workers, _WORKERS_OF_A_JOB)) for job in service.jobs]
            service = replace(service, jobs=jobs)
            self._made[name] = service, create_app(service)
        return self._made[name]

    def _parts_of(self, name: ServiceName) -> dict[str, Any]:
        if name is ServiceName.GATEWAY:
            return {"open_services": self._open_services_of_the_run}
        if name is ServiceName.SUBMISSION:
            # Nobody uploads in parts here; the sweep looks whether somebody did.
            return {"storage": self.storage, "parts": MemoryParts(MemoryStore())}
        return {"storage": self.storage} if name in _STORING else {}

    def _open_services_of_the_run(self, settings: Any, now: Any) -> Any:
        return self.open_services(settings, now)

    def settle_down(self) -> None:
        """What was made up to now stays: the collector need not look at it after every run."""
        gc.collect()
        gc.freeze()

    def forget_run(self) -> None:
        """Let go of what belongs to the run that is over."""
        for _, app in self._made.values():
            app.state.runtime = app.state.database = app.state.resources = None

    def _settings(self, name: ServiceName) -> Any:
        own: dict[ServiceName, dict[str, Any]] = {
            ServiceName.GATEWAY: {
                "actor_private_key": self._private_key,
                "rate_limit_enabled": False,
                **{f"{other}_url": f"http://{other}.sim" for other in ServiceName},
            },
            ServiceName.TASK: {
                "min_deadline_seconds": 1,
                "s3_endpoint_url": "http://s3.sim",
                "escrow_review_window": 30,
            },
            ServiceName.SUBMISSION: {"s3_endpoint_url": "http://s3.sim"},
            ServiceName.EVALUATION: {
                "s3_endpoint_url": "http://s3.sim",
                "sandbox": "none",
                "judge_token_key": "k" * 32,
                "public_api_url": "http://gateway.sim",
                "external_deadline": 900,
                "external_lease": 120,
            },
            ServiceName.RANKING: {"anonymity_key": "k" * 32},
            ServiceName.WALLET: {
                "challenge_key": "k" * 32,
                "funding_provider": "test",
                "payout_provider": "test",
            },
            ServiceName.WEBHOOK: {
                "secrets_key": _SECRET,
                "allow_insecure_targets": True,
                "judge_token_key": "k" * 32,
                "s3_endpoint_url": "http://s3.sim",
                "delivery_delays_seconds": (0.5, 1, 2, 4, 8, 16, 32, 64, 128),
                "delivery_patience_seconds": 3600,  # a worker that dies takes its attempt with it
            },
        }
        values = {
            "database_url": self._url,
            "kafka_bootstrap_servers": "kafka.sim:9092",
            "actor_public_key": self._public_key,
            **own[name],
        }
        known = getattr(import_module(f"joust_{name}.settings"), f"{name.value.title()}Settings")
        return known(**{key: value for key, value in values.items() if key in known.model_fields})

    def _lend_engine(self, settings: Any, *, application_name: str, **sizes: Any) -> AsyncEngine:
        key = (type(settings).__name__, application_name)
        if key not in self._engines:
            self._engines[key] = open_engine(settings, application_name=application_name, **sizes)
        engine = self._engines[key]
        engine.sync_engine.dispose(close=False)
        return engine


def _key_pair() -> tuple[str, str]:
    """As ``joust_kit.identity.new_key_pair`` has it, and the same each time."""
    public = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(_SECRET)).public_key()
    return _SECRET.rstrip("="), base64.urlsafe_b64encode(public.public_bytes_raw()).decode().rstrip("=")


async def _known_types(dsn: str) -> dict[int, Sequence[Any]]:
    """What asyncpg asks about each type that it does not know by itself: arrays, enums, domains, ranges."""
    connection: Any = await asyncpg.connect(dsn, ssl=False)
    try:
        wanted = await connection.fetch(
            """SELECT type.oid FROM pg_type AS type LEFT JOIN pg_type AS element ON element.oid = type.typelem
               WHERE type.typtype IN ('e', 'd', 'r', 'm') OR type.typcategory = 'A' AND element.typtype <> 'c'"""
        )
        return {oid: (await connection._introspect_types([oid], None))[0] for [oid] in wanted}
    finally:
        await connection.close()


def _introspection_of(known: Mapping[int, Sequence[Any]]) -> Any:
    """asyncpg asks each new connection; the answer is always the same, and may not take longer the first time."""

    async def introspect(_connection: Any, oids: Iterable[int], _timeout: float | None) -> Any:
        return [row for oid in oids for row in known[oid]], SimpleNamespace(name="known")

    return introspect
