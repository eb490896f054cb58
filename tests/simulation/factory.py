"""What is made once and used by all runs of a worker: settings, services, apps, engines, sessions."""

import gc
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import asyncpg
from cryptography.fernet import Fernet
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

import joust_kit.jobs
import joust_kit.service
from joust_contracts.services import ServiceName
from joust_kit.database.connections import open_engine
from joust_kit.identity import new_key_pair
from joust_kit.service import Service, create_app
from tests.simulation.database import Emptier
from tests.simulation.session import Sessions

_WORKERS_OF_A_JOB = 2
_STORING = (ServiceName.TASK, ServiceName.SUBMISSION, ServiceName.EVALUATION)


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
        self._private_key, self._public_key = new_key_pair()
        self._engines: dict[tuple[str, str], AsyncEngine] = {}
        self._made: dict[ServiceName, tuple[Service, FastAPI]] = {}
        for module in (joust_kit.service, joust_kit.jobs):
            vars(module)["open_engine"] = self._lend_engine
        asyncpg.Connection._introspect_types = _introspect_once(asyncpg.Connection._introspect_types)

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
        return {"storage": self.storage} if name in _STORING else {}

    def _open_services_of_the_run(self, settings: Any) -> Any:
        return self.open_services(settings)

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
            ServiceName.TASK: {"min_deadline_seconds": 1, "s3_endpoint_url": "http://s3.sim"},
            ServiceName.SUBMISSION: {"s3_endpoint_url": "http://s3.sim"},
            ServiceName.EVALUATION: {"s3_endpoint_url": "http://s3.sim", "sandbox": "none"},
            ServiceName.RANKING: {"anonymity_key": "k" * 32},
            ServiceName.WALLET: {"challenge_key": "k" * 32, "funding_provider": "test"},
            ServiceName.WEBHOOK: {
                "secrets_key": Fernet.generate_key().decode(),
                "allow_insecure_targets": True,
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


def _introspect_once(introspect: Any) -> Any:
    """asyncpg asks each new connection what an array is; the answer is always the same."""
    known: dict[frozenset[int], Any] = {}

    async def introspect_once(connection: Any, oids: Any, timeout: float | None) -> Any:
        key = frozenset(oids)
        if key not in known:
            known[key] = (await introspect(connection, oids, timeout))[0]
        return known[key], SimpleNamespace(name="known")

    return introspect_once
