"""Refusals about what is handed in to competitions."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NO_SUCH_DRAFT = Refusal(404, ErrorCode.NOT_FOUND, "There is no such submission.")
"""Unknown, or somebody else's."""
NO_SUCH_ASSET = Refusal(404, ErrorCode.NOT_FOUND, "There is no such upload.")
NOT_AN_ENTRANT = Refusal(
    403, ErrorCode.FORBIDDEN, "Join the competition first: only entrants hand something in."
)
SUBMISSIONS_CLOSED = Refusal(
    409, ErrorCode.DEADLINE_PASSED, "The competition's submission deadline has passed."
)
NOT_A_DRAFT = Refusal(409, ErrorCode.WRONG_STATUS, "The submission is no draft any more; see details.")
TOO_MANY_DRAFTS = Refusal(
    409, ErrorCode.QUOTA_EXHAUSTED, "This account has handed in as much to the competition as it may."
)
TOO_MUCH = Refusal(409, ErrorCode.BYTE_QUOTA_EXCEEDED, "The submission would be too large; see details.")
NOT_THERE = Refusal(
    409,
    ErrorCode.NO_UPLOAD_FOUND,
    "Not every named file is in storage as it was announced; see details. Upload it, and submit again.",
)
NOT_IN_PARTS = Refusal(
    409, ErrorCode.CONFLICT, "This file is uploaded in one piece; it has no parts to list or complete."
)
PARTS_REFUSED = Refusal(
    409, ErrorCode.NO_UPLOAD_FOUND, "These parts do not make the file that was announced; see details."
)
"""Missing, out of order, or of another size."""
UPLOAD_OVER = Refusal(
    409, ErrorCode.ALREADY_UPLOADED, "This upload is over: it was completed, aborted, or has expired."
)
