"""The build check of one submission, as a mode asks for it."""

from dataclasses import replace
from typing import BinaryIO
from uuid import UUID

from joust_contracts.events.evaluations import BuildCheck, BuildStatus
from joust_evaluation.judges.artifact import ArchiveLimits
from joust_evaluation.judges.directory import BadArchive
from joust_evaluation.programs.building import check_build
from joust_evaluation.programs.work import unpacked_work
from joust_evaluation.resources import Resources
from joust_evaluation.sandbox.base import SandboxFailed, SandboxMissing

_MAX_FILES = 2000
_MAX_UNPACKED_BYTES = 20_000_000
"""What is larger is not unpacked for the check: it would take longer than the judge."""


async def checked_build(artifact: BinaryIO, evaluation_id: UUID, resources: Resources) -> BuildCheck | None:
    """What the tools of its language say of the work; ``None`` if the deployment does not ask them.

    Never fails: what could not be tried is said.
    """
    if not resources.checks_builds:
        return None
    try:
        limits = _smaller(resources.limits)
        async with unpacked_work(artifact, limits, resources.sandbox, evaluation_id) as work:
            return await check_build(work, resources.sandbox, resources.build_limits)
    except SandboxMissing:
        return BuildCheck(status=BuildStatus.NOT_TRIED, detail="This deployment has no sandbox.")
    except SandboxFailed as error:
        return BuildCheck(status=BuildStatus.NOT_TRIED, detail=str(error))
    except BadArchive:
        # The judge could read it, so it is larger than the check takes, or has names that clash.
        return BuildCheck(
            status=BuildStatus.NOT_TRIED, detail="The archive is not one that is unpacked for it."
        )


def _smaller(limits: ArchiveLimits) -> ArchiveLimits:
    return replace(
        limits,
        max_files=min(limits.max_files, _MAX_FILES),
        max_unpacked_bytes=min(limits.max_unpacked_bytes, _MAX_UNPACKED_BYTES),
    )
