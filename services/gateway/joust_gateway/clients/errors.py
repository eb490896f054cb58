"""A service's refusal on its way to the caller."""

from collections.abc import Mapping

from pydantic import ValidationError

from joust_contracts.internal.common import ErrorAnswer
from joust_kit.errors import JoustError, NotFound

_PASSED_ON = ("Retry-After", "Content-Range")


class ServiceRefused(JoustError):
    """A service refused; the caller gets its status, code, message, details and what ``_PASSED_ON`` names."""

    def __init__(self, status: int, answer: ErrorAnswer, headers: dict[str, str]) -> None:
        super().__init__(answer.error.message)
        self.status = status
        self.code = answer.error.code
        self.details = answer.error.details
        self.headers.update(headers)


class ServiceKnowsNone(ServiceRefused, NotFound):
    """A service refused with 404: it does not know what it was asked for."""


def refusal_of(status: int, body: bytes, headers: Mapping[str, str]) -> ServiceRefused | None:
    """The refusal that an answer holds, ``None`` if it is none of ours."""
    try:
        answer = ErrorAnswer.model_validate_json(body)
    except ValidationError:
        return None
    passed_on = {name: headers[name] for name in _PASSED_ON if name in headers}
    kind = ServiceKnowsNone if status == 404 else ServiceRefused
    return kind(status, answer, passed_on)
