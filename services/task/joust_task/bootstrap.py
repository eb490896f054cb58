"""Puts the service together from its real parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.services import ServiceName
from joust_kit.background import Background
from joust_kit.service import Runtime, Service
from joust_kit.storage import ObjectStorage, Storage
from joust_kit.stored import compare_objects
from joust_task.attachments import endpoints as attachments
from joust_task.attachments import repository as attached
from joust_task.base import KIT
from joust_task.budgets import endpoints as budgets
from joust_task.budgets.timers import settle_budget
from joust_task.competition_entries import endpoints as competition_entries
from joust_task.competition_works.models import CompetitionWork
from joust_task.competitions import endpoints as competitions
from joust_task.competitions.timers import move_competition
from joust_task.competitors.models import Competitor, CompetitorCount
from joust_task.drops import endpoints as drops
from joust_task.drops.timers import close_drop, expire_claim
from joust_task.files.keys import KEY_PREFIX
from joust_task.files.orphans import OrphanSweep
from joust_task.resources import Resources
from joust_task.samples import endpoints as samples
from joust_task.search import endpoints as search
from joust_task.settings import TaskSettings
from joust_task.snapshots import AGGREGATES
from joust_task.subscriptions import SUBSCRIPTIONS
from joust_task.tasks import endpoints as tasks
from joust_task.tasks.repository import file_keys
from joust_task.tasks.timers import pass_deadline
from joust_task.test_suites import endpoints as test_suites

ATTACHMENTS = r"/internal/tasks/[^/]+/attachments"
FORM_BYTES = 100_000
"""What a form may have around its file."""


def create_service(settings: TaskSettings | None = None, *, storage: Storage | None = None) -> Service:
    """The task service; settings come from the environment and objects lie in S3 unless given."""
    chosen = settings or TaskSettings()
    objects = storage or ObjectStorage(chosen)

    @asynccontextmanager
    async def open_resources(runtime: Runtime) -> AsyncIterator[Resources]:
        sweep = OrphanSweep(runtime.database, objects, chosen.orphan_min_age, chosen.orphan_sweep_interval)
        background = Background()
        async with objects:
            background.keep("orphans", sweep.run)
            try:
                yield Resources(chosen, runtime.database, objects)
            finally:
                await background.stop()

    return Service(
        name=ServiceName.TASK,
        description="Posted work, its criteria and its life from draft to closed.",
        settings=chosen,
        tables=KIT,
        routers=[
            tasks.router,
            test_suites.router,
            samples.router,
            attachments.router,
            search.router,
            drops.router,
            budgets.router,
            competitions.router,
            competition_entries.router,
        ],
        large_bodies={
            ATTACHMENTS: chosen.max_attachment_bytes + FORM_BYTES,
            samples.SAMPLES: chosen.max_sample_bytes,
        },
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        jobs=[pass_deadline, settle_budget, close_drop, expire_claim, move_competition],
        open_resources=open_resources,
        projections=[str(each.__tablename__) for each in (Competitor, CompetitorCount, CompetitionWork)],
        checks={"storage": objects.ping},
        comparisons=[partial(compare_objects, objects, (KEY_PREFIX,), _referred)],
    )


async def _referred(session: AsyncSession) -> set[str]:
    """Keys of all files of tasks."""
    return await attached.all_keys(session) | await file_keys(session)
