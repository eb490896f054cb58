"""Errors that a caller can meet.

JoustError                      every refusal: code, status, message, details
├── BadRequest           400    can't be read
├── Unauthorized         401    who are you
├── Forbidden            403    not yours
├── NotFound             404    unknown, or not to be known
├── Conflict             409    refused by the present state; subclasses give their own code
├── Invalid              422    readable, but not acceptable
├── TooSlow              408
├── TooLarge             413
├── RateLimited          429    with ``retry_after_seconds``
└── Unavailable          503    a part that is needed does not answer; try again

Services derive their own in ``errors.py`` of the slice. Only the edges (HTTP, consumers) translate them.
"""

from typing import ClassVar

from pydantic import JsonValue

from joust_contracts.internal.common import ErrorAnswer, ErrorBody, ErrorCode
from joust_contracts.refusals.base import Refusal


class JoustError(Exception):
    """A refusal with everything a caller needs to act on it.

    One that the gateway declares too takes what it says from ``joust_contracts.refusals``:
    ``class TaskNotFound(NotFound, says=NO_SUCH_TASK)``.
    """

    status: int = 500
    code: ErrorCode = ErrorCode.INTERNAL_ERROR
    message: ClassVar[str] = "Something went wrong on our side."

    def __init_subclass__(cls, *, says: Refusal | None = None) -> None:
        super().__init_subclass__()
        if says is not None:
            cls.status, cls.code, cls.message = says

    # Positional-only, because details are named after callers' fields, and one may be called "message".
    def __init__(self, message: str | None = None, /, **details: JsonValue) -> None:
        super().__init__(message or self.message)
        self.details = details
        self.headers: dict[str, str] = {}

    def answer(self) -> ErrorAnswer:
        """The error in its public shape."""
        return ErrorAnswer(error=ErrorBody(message=str(self), code=self.code, details=self.details))


class BadRequest(JoustError):
    """The request can't be read."""

    code = ErrorCode.BAD_REQUEST
    status = 400
    message = "The request could not be read."


class InvalidUuid(BadRequest):
    """An id in the path or the query is not a UUID."""

    code = ErrorCode.INVALID_UUID
    message = "This is not a UUID. Send ids exactly as the API returned them."


class Unauthorized(JoustError):
    """No credentials, or none that are valid."""

    code = ErrorCode.UNAUTHORIZED
    status = 401
    message = "Send a valid API key as 'Authorization: Bearer straw_sk_...'."

    def __init__(self, message: str | None = None, /, **details: JsonValue) -> None:
        super().__init__(message, **details)
        self.headers["WWW-Authenticate"] = "Bearer"


class Forbidden(JoustError):
    """The caller is known and may not do this."""

    code = ErrorCode.FORBIDDEN
    status = 403
    message = "This account may not do that."


class NotFound(JoustError):
    """Nothing with this id that the caller may know of."""

    code = ErrorCode.NOT_FOUND
    status = 404
    message = "Not found."


class Conflict(JoustError):
    """Refused by the present state."""

    code = ErrorCode.CONFLICT
    status = 409
    message = "The present state does not allow this."


class Invalid(JoustError):
    """Readable but not acceptable; ``details`` names each field."""

    code = ErrorCode.VALIDATION_ERROR
    status = 422
    message = "Some fields are not valid; see details."


class TooLarge(JoustError):
    """More bytes than are taken."""

    code = ErrorCode.FILE_TOO_LARGE
    status = 413
    message = "The request is too large."


class TooSlow(JoustError):
    """The body did not come in time."""

    code = ErrorCode.BAD_REQUEST
    status = 408
    message = "The body came too slowly. Send it again, or in smaller parts."

    def __init__(self, message: str | None = None, /, **details: JsonValue) -> None:
        super().__init__(message, **details)
        self.headers["Connection"] = "close"


class UnsupportedType(JoustError):
    """A file of a kind that is not taken."""

    code = ErrorCode.UNSUPPORTED_FILE_TYPE
    status = 415
    message = "Files of this type are not taken."


class RateLimited(JoustError):
    """Too many requests for now."""

    code = ErrorCode.RATE_LIMITED
    status = 429
    message = "Too many requests. Wait as long as Retry-After says."

    def __init__(self, retry_after_seconds: int, message: str | None = None, /, **details: JsonValue) -> None:
        super().__init__(message, **details)
        self.headers["Retry-After"] = str(max(1, retry_after_seconds))


class Unavailable(JoustError):
    """A part that is needed does not answer."""

    code = ErrorCode.SERVICE_UNAVAILABLE
    status = 503
    message = "A part of the service does not answer right now. Nothing was changed; try again shortly."

    def __init__(self, message: str | None = None, /, **details: JsonValue) -> None:
        super().__init__(message, **details)
        self.headers["Retry-After"] = "1"


class IdempotencyKeyReused(JoustError):
    """The key came before with another request."""

    code = ErrorCode.IDEMPOTENCY_KEY_REUSED
    status = 422
    message = "This Idempotency-Key was used for another request. Use a new key for a new request."


class IdempotencyKeyInUse(Conflict):
    """The first request with this key is still running."""

    code = ErrorCode.IDEMPOTENCY_KEY_IN_USE
    message = "A request with this Idempotency-Key is still running. Try again in a moment."
