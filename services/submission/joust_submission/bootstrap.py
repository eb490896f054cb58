"""Puts the service together from its real parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from joust_contracts.services import ServiceName
from joust_kit.background import Background
from joust_kit.messaging.reconcile import Comparison
from joust_kit.multipart import ObjectParts, PartStorage
from joust_kit.service import Runtime, Service
from joust_kit.storage import ObjectStorage, Storage
from joust_kit.stored import compare_objects
from joust_submission.artifacts.keys import KEY_PREFIX
from joust_submission.artifacts.orphans import OrphanSweep
from joust_submission.assets import endpoints as assets
from joust_submission.assets.keys import ASSETS
from joust_submission.assets.repository import handed_in_keys
from joust_submission.assets.sweep import AssetSweep
from joust_submission.base import KIT
from joust_submission.contests.models import KnownCompetition, KnownEntry
from joust_submission.drafts import endpoints as drafts
from joust_submission.drops import endpoints as drops
from joust_submission.drops.models import KnownDrop
from joust_submission.entrants import endpoints as entrants
from joust_submission.listing import endpoints as listing
from joust_submission.preflight import endpoints as preflight
from joust_submission.re_evaluations import endpoints as re_evaluations
from joust_submission.rejudges import endpoints as rejudges
from joust_submission.rejudges.jobs import rejudge_submissions
from joust_submission.resources import Resources
from joust_submission.settings import SubmissionSettings
from joust_submission.snapshots import AGGREGATES
from joust_submission.stuck.jobs import look_for_result
from joust_submission.submissions.endpoints import router
from joust_submission.submissions.repository import artifact_keys
from joust_submission.subscriptions import SUBSCRIPTIONS
from joust_submission.tasks.models import KnownTask
from joust_submission.uploads import endpoints as uploads
from joust_submission.uploads.timers import end_upload, end_uploads_of_task
from joust_submission.workspace.files import endpoints as workspace_files
from joust_submission.workspace.files.keys import FILES
from joust_submission.workspace.files.repository import all_keys
from joust_submission.workspace.files.storing import Removals
from joust_submission.workspace.files.sweep import WorkspaceSweep
from joust_submission.workspace.values import endpoints as workspace_values

FORM_BYTES = 100_000
"""What a form may have around its file."""


def create_service(
    settings: SubmissionSettings | None = None,
    *,
    storage: Storage | None = None,
    parts: PartStorage | None = None,
) -> Service:
    """The submission service; settings come from the environment and objects lie in S3 unless given.

    Storage that is given comes with its ``parts``.
    """
    chosen = settings or SubmissionSettings()
    objects, pieces = _stores(chosen, storage, parts)

    @asynccontextmanager
    async def open_resources(runtime: Runtime) -> AsyncIterator[Resources]:
        sweep = OrphanSweep(runtime.database, objects, chosen.orphan_min_age, chosen.orphan_sweep_interval)
        files_sweep = WorkspaceSweep(
            runtime.database, objects, chosen.orphan_min_age, chosen.orphan_sweep_interval
        )
        assets_sweep = AssetSweep(
            runtime.database, objects, chosen.orphan_min_age, chosen.orphan_sweep_interval, pieces
        )
        removals = Removals(objects, lambda: runtime.database.clock, chosen.workspace_removal_delay)
        background = Background()
        async with objects:
            background.keep("orphans", sweep.run)
            background.keep("workspace orphans", files_sweep.run)
            background.keep("assets", assets_sweep.run)
            background.keep("workspace removals", removals.run)
            try:
                yield Resources(chosen, runtime.database, objects, pieces, removals)
            finally:
                await background.stop()

    return Service(
        name=ServiceName.SUBMISSION,
        description="What agents hand in, how often they may, and what became of it.",
        settings=chosen,
        tables=KIT,
        routers=[
            router,
            uploads.registering,
            uploads.router,
            preflight.router,
            re_evaluations.router,
            rejudges.router,
            listing.router,
            workspace_values.router,
            workspace_files.router,
            drops.router,
            drafts.router,
            drafts.submitting,
            assets.router,
            entrants.router,
        ],
        large_bodies={
            workspace_files.CONTENT_PATH: chosen.workspace_max_file_bytes,
            uploads.UPLOAD_PATH: chosen.max_artifact_bytes + FORM_BYTES,
            preflight.ARCHIVE_PATH: chosen.max_artifact_bytes + FORM_BYTES,
        },
        jobs=(end_upload, end_uploads_of_task, look_for_result, rejudge_submissions),
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        open_resources=open_resources,
        checks={"storage": objects.ping},
        comparisons=_comparisons(objects),
        projections=[
            str(each.__tablename__) for each in (KnownTask, KnownDrop, KnownCompetition, KnownEntry)
        ],
    )


def _comparisons(objects: Storage) -> list[Comparison]:
    return [
        partial(compare_objects, objects, (KEY_PREFIX,), artifact_keys),
        partial(compare_objects, objects, (FILES,), all_keys),
        partial(compare_objects, objects, (ASSETS,), handed_in_keys),
    ]


def _stores(
    settings: SubmissionSettings, storage: Storage | None, parts: PartStorage | None
) -> tuple[Storage, PartStorage]:
    if storage is not None and parts is not None:
        return storage, parts
    in_s3 = ObjectStorage(settings)
    return storage or in_s3, parts or ObjectParts(in_s3)
