"""Findings of one judging, short enough for an event, and safe to show."""

from collections.abc import Iterable
from enum import StrEnum

from joust_contracts.events.evaluations import Finding
from joust_evaluation.judges.directory import printable

MAX_FINDINGS = 40
"""More of them tell nothing new; that there were more is said."""
_MAX_DETAIL = 600
_MAX_NAME = 300


class FindingKind(StrEnum):
    """What may be found. ``injection.…`` is an attempt to sway the judge; it changes no score."""

    OVERRIDE = "injection.override"
    """Orders to forget rules, or to give a score."""
    ADDRESSED = "injection.addressed_to_judge"
    FAKE_SCORE = "injection.fake_score"
    """Looks like a judge's own answer."""
    ROLE_TAG = "injection.role_tag"
    """Looks like the end of the message and the beginning of another's."""
    FENCE = "injection.fence"
    """Looks like the lines that enclose a submission."""
    HIDDEN_TEXT = "injection.hidden_text"
    """Characters that nobody sees: zero width, direction marks, tags."""
    HIDDEN_COMMENT = "injection.hidden_comment"
    """A comment of HTML or Markdown that speaks of judging."""
    RUBRIC_THEFT = "injection.rubric_theft"
    """Asks for what only the judge knows."""
    CLAIM = "injection.claimed_result"
    """Says that tests passed or that the platform approved, which nobody but the platform can say."""
    REPORTED = "injection.reported_by_model"
    """The language model itself says that it was addressed."""
    DISAGREEMENT = "disagreement"
    """SUBMISSION.md says what the other files do not bear out."""
    QUOTATION = "quotation.not_found"
    """A judge quoted what does not occur in the submission; the quotation was dropped."""


def finding(kind: FindingKind, detail: str, file: str | None = None) -> Finding:
    """A finding with its texts cut to what is shown."""
    shown = None if file is None else printable(file, _MAX_NAME)
    return Finding(kind=kind.value, detail=printable(detail, _MAX_DETAIL), file=shown)


def bounded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, and at most ``MAX_FINDINGS``."""
    distinct = list(dict.fromkeys(findings))
    if len(distinct) <= MAX_FINDINGS:
        return tuple(distinct)
    kept = distinct[: MAX_FINDINGS - 1]
    more = Finding(kind=distinct[len(kept)].kind, detail=f"And {len(distinct) - len(kept)} findings more.")
    return (*kept, more)
