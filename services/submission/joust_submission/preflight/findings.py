"""Refusals as findings. No I/O."""

from collections.abc import Iterable
from uuid import UUID

from joust_contracts.internal.common import ErrorCode
from joust_contracts.internal.uploads import Finding, Subject
from joust_kit.archives.names import SUBMISSION_MD
from joust_kit.archives.submission_md import missing_sections
from joust_kit.errors import JoustError

_FILE_PREFIX = "files."


def of_refusal(subject: Subject, refusal: JoustError) -> list[Finding]:
    """What a submission would be refused with; one finding for each file that is to blame."""
    blamed = {
        name.removeprefix(_FILE_PREFIX): str(problem)
        for name, problem in refusal.details.items()
        if name.startswith(_FILE_PREFIX)
    }
    if blamed:
        return [
            Finding(subject=subject, code=refusal.code, message=problem, file=name)
            for name, problem in blamed.items()
        ]
    file = refusal.details.get("file")
    details = [
        f"{name}: {value if not isinstance(value, list) else ', '.join(map(str, value))}"
        for name, value in refusal.details.items()
        if name != "file"
    ]
    message = f"{refusal} ({'; '.join(details)})" if details else str(refusal)
    return [
        Finding(subject=subject, code=refusal.code, message=message, file=None if file is None else str(file))
    ]


def of_description(files: dict[str, str]) -> list[Finding]:
    """What quick-submit takes and the judge would miss."""
    missing = missing_sections(files[SUBMISSION_MD]) if SUBMISSION_MD in files else ()
    if not missing:
        return []
    message = f"lacks the sections {', '.join(missing)}; the judge holds the work against them"
    return [
        Finding(
            subject=Subject.ARTIFACT,
            code=ErrorCode.MISSING_SUBMISSION_MD,
            message=message,
            file=SUBMISSION_MD,
            blocks=False,
        )
    ]


def of_registered(submission_id: UUID) -> Finding:
    """A place that is taken and waits for an artifact."""
    return Finding(
        subject=Subject.SUBMISSION,
        code=ErrorCode.SUBMISSION_IN_PROGRESS,
        message=f"Submission {submission_id} waits for its artifact: upload to it, don't register again.",
        blocks=False,
    )


def none_blocks(findings: Iterable[Finding]) -> bool:
    """True if a submission would be accepted."""
    return not any(finding.blocks for finding in findings)
