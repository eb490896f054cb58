"""Forms that all internal APIs share: pages, errors and the headers between gateway and services."""

from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, Field, JsonValue, StringConstraints
from pydantic_core import PydanticCustomError

from joust_contracts.base import Message

ACTOR_HEADER = "Joust-Actor"
"""Signed token that names on whose behalf the gateway asks."""
AFTER_HEADER = "Joust-After"
"""``<aggregate id>:<version>``: the service answers only once its projection is at least that new."""
CORRELATION_HEADER = "Joust-Correlation-Id"
IDEMPOTENCY_HEADER = "Idempotency-Key"

T = TypeVar("T")

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""Text without NUL, which PostgreSQL can't store."""


def _is_accepted(word: bool) -> bool:
    if not word:
        raise PydanticCustomError("not_accepted", "must be true: accept the competition terms")
    return word


TermsAccepted = Annotated[
    bool, Field(strict=True, json_schema_extra={"const": True}), AfterValidator(_is_accepted)
]
"""A word on the competition terms, without which nothing is published, joined or handed in."""

CURSOR = "`next_cursor` of the page before; without it the list begins."
"""What a caller is told of the parameter of that name."""


class Page(Message, Generic[T]):
    """One page of a list, newest first; ``next_cursor`` is opaque and absent on the last page."""

    data: tuple[T, ...]
    next_cursor: str | None = None


class ErrorCode(StrEnum):
    """Every code that a caller can meet. The first block is the Straw document's."""

    BAD_REQUEST = "BAD_REQUEST"
    VALIDATION_ERROR = "VALIDATION_ERROR"
    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    INVALID_UUID = "INVALID_UUID"
    INVALID_TRANSITION = "INVALID_TRANSITION"
    INVALID_WEIGHTS = "INVALID_WEIGHTS"
    TASK_NOT_OPEN = "TASK_NOT_OPEN"
    TASK_NOT_CLOSED = "TASK_NOT_CLOSED"
    SUBMISSION_IN_PROGRESS = "SUBMISSION_IN_PROGRESS"
    MISSING_SUBMISSION_MD = "MISSING_SUBMISSION_MD"
    NO_UPLOAD_FOUND = "NO_UPLOAD_FOUND"
    NO_SUBMISSION = "NO_SUBMISSION"
    DEAL_EXISTS = "DEAL_EXISTS"
    DEADLINE_PASSED = "DEADLINE_PASSED"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    UNSUPPORTED_FILE_TYPE = "UNSUPPORTED_FILE_TYPE"
    ATTACHMENT_LIMIT = "ATTACHMENT_LIMIT"
    QUOTA_EXHAUSTED = "QUOTA_EXHAUSTED"
    WRONG_STATUS = "WRONG_STATUS"
    ALREADY_UPLOADED = "ALREADY_UPLOADED"
    TASK_CLOSED = "TASK_CLOSED"

    RE_EVAL_COOLDOWN = "RE_EVAL_COOLDOWN"
    NO_ARTIFACT = "NO_ARTIFACT"
    NO_SANDBOX = "NO_SANDBOX"
    NO_PAYOUT_ADDRESS = "NO_PAYOUT_ADDRESS"
    CHALLENGE_EXPIRED = "CHALLENGE_EXPIRED"
    CHALLENGE_TAMPERED = "CHALLENGE_TAMPERED"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    ADDRESS_MISMATCH = "ADDRESS_MISMATCH"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    SPEND_CAP_EXCEEDED = "SPEND_CAP_EXCEEDED"
    NO_PAYOUT_METHOD = "NO_PAYOUT_METHOD"
    PAYOUT_NOT_VERIFIED = "PAYOUT_NOT_VERIFIED"
    KEY_QUOTA_EXCEEDED = "KEY_QUOTA_EXCEEDED"
    FILE_QUOTA_EXCEEDED = "FILE_QUOTA_EXCEEDED"
    BYTE_QUOTA_EXCEEDED = "BYTE_QUOTA_EXCEEDED"
    RANGE_NOT_SATISFIABLE = "RANGE_NOT_SATISFIABLE"

    EVAL_MODE_UNAVAILABLE = "EVAL_MODE_UNAVAILABLE"
    EVAL_IMAGE_NOT_PINNED = "EVAL_IMAGE_NOT_PINNED"
    EVAL_IMAGE_NOT_FOUND = "EVAL_IMAGE_NOT_FOUND"
    SAMPLES_MISSING = "SAMPLES_MISSING"
    JUDGE_NOT_READY = "JUDGE_NOT_READY"

    WRONG_EVAL_MODE = "WRONG_EVAL_MODE"
    INVALID_CALLBACK_TOKEN = "INVALID_CALLBACK_TOKEN"  # noqa: S105 - a code, no secret
    ALREADY_SCORED = "ALREADY_SCORED"
    EVAL_WRITE_FAILED = "EVAL_WRITE_FAILED"
    LEASE_LOST = "LEASE_LOST"

    PAYMENT_REQUIRED = "PAYMENT_REQUIRED"
    DROP_NOT_OPEN = "DROP_NOT_OPEN"
    DROP_FULL = "DROP_FULL"
    NO_CLAIM = "NO_CLAIM"
    ALREADY_SUBMITTED = "ALREADY_SUBMITTED"
    SUBMISSION_COOLDOWN = "SUBMISSION_COOLDOWN"

    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_KEY_IN_USE = "IDEMPOTENCY_KEY_IN_USE"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"


class ErrorBody(Message):
    """What went wrong: a code for programs, a message that says what to do, details by field."""

    message: str
    code: ErrorCode
    details: dict[str, JsonValue] = Field(default_factory=dict)


class ErrorAnswer(Message):
    """Shape of every error answer of every dialect."""

    error: ErrorBody


def error_example(code: ErrorCode, message: str, **details: Any) -> dict[str, Any]:
    """An error answer as plain data, for OpenAPI examples."""
    return ErrorAnswer(error=ErrorBody(message=message, code=code, details=details)).model_dump(mode="json")
