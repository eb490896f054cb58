"""Puts the service together from its real parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from math import ceil
from typing import Any

from joust_contracts.services import ServiceName
from joust_evaluation.base import KIT
from joust_evaluation.containers import endpoints as containers
from joust_evaluation.containers.choice import open_containers, open_swept_engine
from joust_evaluation.drops.jobs import rank_drop
from joust_evaluation.evaluations.jobs import (
    evaluate,
    evaluate_again,
    evaluate_external,
    evaluate_later,
    evaluate_long,
)
from joust_evaluation.external import endpoints as external
from joust_evaluation.external.jobs import end_silence
from joust_evaluation.external.parts import ExternalParts
from joust_evaluation.iterations import endpoints as iterations
from joust_evaluation.judges.artifact import ArchiveLimits
from joust_evaluation.judges.choice import choose_judge
from joust_evaluation.pairs import endpoints as pairs
from joust_evaluation.pairs.jobs import compare_pair
from joust_evaluation.queue import endpoints as queue
from joust_evaluation.readiness import endpoints as readiness
from joust_evaluation.readiness.jobs import check_readiness
from joust_evaluation.resources import Resources
from joust_evaluation.sandbox.base import Limits
from joust_evaluation.sandbox.choice import choose_sandbox
from joust_evaluation.settings import LONGEST_LEASE_SECONDS, EvaluationSettings
from joust_evaluation.snapshots import AGGREGATES
from joust_evaluation.subscriptions import SUBSCRIPTIONS
from joust_evaluation.suites import endpoints as suites
from joust_evaluation.tasks.models import KnownTask
from joust_kit.derived_secrets import DerivedSecrets
from joust_kit.jobs import Job
from joust_kit.service import Runtime, Service
from joust_kit.storage import ObjectStorage, Storage


def create_service(settings: EvaluationSettings | None = None, *, storage: Storage | None = None) -> Service:
    """The evaluation service; settings come from the environment and objects lie in S3 unless given."""
    chosen = settings or EvaluationSettings()
    objects = storage or ObjectStorage(chosen)

    @asynccontextmanager
    async def open_resources(runtime: Runtime) -> AsyncIterator[Resources]:
        async with (
            objects,
            choose_judge(chosen) as judge,
            open_swept_engine(chosen, runtime.database) as engine,
            choose_sandbox(chosen, engine) as sandbox,
            open_containers(chosen, engine) as running,
        ):
            yield Resources(
                storage=objects,
                judge=judge,
                sandbox=sandbox,
                judgement_seconds=chosen.judgement_seconds,
                quick_workers=chosen.quick_workers,
                lease_seconds=chosen.lease_seconds,
                max_artifact_bytes=chosen.max_artifact_bytes,
                limits=limits_of(chosen),
                external=external_parts_of(chosen),
                readiness_margin=chosen.readiness_margin,
                containers=running,
                pull_seconds=0 if running is None else chosen.container_pull_seconds,
                checks_builds=chosen.build_check,
                build_limits=build_limits_of(chosen),
                case_limits=case_limits_of(chosen),
            )

    return Service(
        name=ServiceName.EVALUATION,
        description="Judging: queue, judges and results.",
        settings=chosen,
        tables=KIT,
        routers=[
            queue.router,
            iterations.router,
            containers.router,
            suites.router,
            external.router,
            readiness.router,
            pairs.router,
        ],
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        jobs=jobs_of(chosen),
        open_resources=open_resources,
        checks={"storage": objects.ping},
        projections=[str(KnownTask.__tablename__)],
    )


def jobs_of(settings: EvaluationSettings) -> list[Job[Any]]:
    """The jobs with workers and leases as the settings have them."""
    return [
        replace(_leased(evaluate, settings), max_workers=settings.quick_workers),
        replace(evaluate_long, max_workers=settings.long_workers),
        _leased(evaluate_again, settings),
        evaluate_later,
        evaluate_external,
        end_silence,
        check_readiness,
        rank_drop,
        compare_pair,
    ]


def _leased(job: Job[Any], settings: EvaluationSettings) -> Job[Any]:
    """The job under a lease that outlasts its work; if that would have to be long, it is short and renewed.

    A language model may take minutes, for which the evaluations of a dead worker must not wait.
    """
    if settings.lease_seconds > LONGEST_LEASE_SECONDS:
        return replace(job, renews_lease=True)
    return replace(job, lease_seconds=settings.lease_seconds)


def external_parts_of(settings: EvaluationSettings) -> ExternalParts:
    """What external judging needs, as the settings have it."""
    return ExternalParts(
        secrets=DerivedSecrets(settings.judge_token_key),
        api_url=str(settings.public_api_url).rstrip("/"),
        deadline=settings.external_deadline,
        lease=settings.external_lease,
    )


def limits_of(settings: EvaluationSettings) -> ArchiveLimits:
    """Limits of the archive reader as the settings have them."""
    return ArchiveLimits(
        max_files=settings.max_artifact_files,
        max_unpacked_bytes=settings.max_unpacked_bytes,
        max_characters=settings.judge_max_characters,
    )


def case_limits_of(settings: EvaluationSettings) -> Limits:
    """What a program is given for one case of a test suite."""
    return Limits(
        seconds=settings.case_seconds,
        cpu_seconds=ceil(settings.case_seconds),
        memory_bytes=settings.sandbox_memory_mb * 1024 * 1024,
        output_bytes=settings.case_output_bytes,
    )


def build_limits_of(settings: EvaluationSettings) -> Limits:
    """What the tools of a language are given to read a submission."""
    seconds = settings.build_check_seconds
    return replace(case_limits_of(settings), seconds=seconds, cpu_seconds=ceil(seconds))
