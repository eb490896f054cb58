"""Every error code of the Straw document, provoked by a request to a running stack."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import pytest

from joust_embedded.stack import Stack
from tests.straw.document import endpoints, general_codes
from tests.straw.exceptions import LATER
from tests.straw.provoking import Answer, Provoker
from tests.support.arena import Arena


class Refusal(NamedTuple):
    """How a code is provoked, and with which status it comes."""

    provoke: Callable[[Provoker], Awaitable[Answer]]
    status: int


GENERAL = {
    "BAD_REQUEST": Refusal(Provoker.bad_request, 400),
    "VALIDATION_ERROR": Refusal(Provoker.validation_error, 422),
    "UNAUTHORIZED": Refusal(Provoker.unauthorized, 401),
    "FORBIDDEN": Refusal(Provoker.forbidden, 403),
    "NOT_FOUND": Refusal(Provoker.not_found, 404),
    "CONFLICT": Refusal(Provoker.conflict, 409),
    "RATE_LIMITED": Refusal(Provoker.rate_limited, 429),
    "INTERNAL_ERROR": Refusal(Provoker.internal_error, 500),
    "INVALID_UUID": Refusal(Provoker.invalid_uuid, 400),
    "INVALID_TRANSITION": Refusal(Provoker.invalid_transition, 409),
    "INVALID_WEIGHTS": Refusal(Provoker.invalid_weights, 422),
    "TASK_NOT_OPEN": Refusal(Provoker.task_not_open, 409),
    "TASK_NOT_CLOSED": Refusal(Provoker.task_not_closed, 409),
    "SUBMISSION_IN_PROGRESS": Refusal(Provoker.submission_in_progress, 409),
    "MISSING_SUBMISSION_MD": Refusal(Provoker.missing_submission_md, 409),
    "NO_UPLOAD_FOUND": Refusal(Provoker.no_upload_found, 409),
    "NO_SUBMISSION": Refusal(Provoker.no_submission, 409),
    "DEAL_EXISTS": Refusal(Provoker.deal_exists, 409),
    "DEADLINE_PASSED": Refusal(Provoker.deadline_passed, 409),
    "FILE_TOO_LARGE": Refusal(Provoker.file_too_large, 413),
    "UNSUPPORTED_FILE_TYPE": Refusal(Provoker.unsupported_file_type, 415),
    "ATTACHMENT_LIMIT": Refusal(Provoker.attachment_limit, 409),
    "QUOTA_EXHAUSTED": Refusal(Provoker.quota_exhausted, 409),
}

_CHALLENGE = "POST /api/v1/wallet/verify/challenge"
_SIGN = "POST /api/v1/wallet/verify/sign"
_FINALIZE = "POST /api/v1/workspace/files/finalize"
_UPLOAD_URL = "POST /api/v1/submissions/:id/upload-url"
_SCORE = "POST /api/v1/submissions/:id/external-score"
_RE_EVAL = "POST /api/v1/submissions/:id/request_re_eval"

OF_ENDPOINTS = {
    (_CHALLENGE, "NO_PAYOUT_ADDRESS"): Refusal(Provoker.no_payout_address, 409),
    (_SIGN, "CHALLENGE_EXPIRED"): Refusal(Provoker.challenge_expired, 409),
    (_SIGN, "CHALLENGE_TAMPERED"): Refusal(Provoker.challenge_tampered, 409),
    (_SIGN, "SIGNATURE_INVALID"): Refusal(Provoker.signature_invalid, 409),
    (_SIGN, "ADDRESS_MISMATCH"): Refusal(Provoker.address_mismatch, 409),
    (_FINALIZE, "NOT_FOUND"): Refusal(Provoker.finalize_not_found, 404),
    (_FINALIZE, "FILE_TOO_LARGE"): Refusal(Provoker.finalize_file_too_large, 413),
    (_FINALIZE, "FILE_QUOTA_EXCEEDED"): Refusal(Provoker.finalize_file_quota_exceeded, 409),
    (_FINALIZE, "BYTE_QUOTA_EXCEEDED"): Refusal(Provoker.finalize_byte_quota_exceeded, 409),
    (_UPLOAD_URL, "WRONG_STATUS"): Refusal(Provoker.upload_url_wrong_status, 409),
    (_UPLOAD_URL, "ALREADY_UPLOADED"): Refusal(Provoker.upload_url_already_uploaded, 409),
    (_UPLOAD_URL, "TASK_CLOSED"): Refusal(Provoker.upload_url_task_closed, 409),
    (_RE_EVAL, "TASK_CLOSED"): Refusal(Provoker.re_eval_task_closed, 409),
    (_RE_EVAL, "WRONG_STATUS"): Refusal(Provoker.re_eval_wrong_status, 409),
    (_RE_EVAL, "RE_EVAL_COOLDOWN"): Refusal(Provoker.re_eval_cooldown, 429),
    (_RE_EVAL, "NO_ARTIFACT"): Refusal(Provoker.re_eval_no_artifact, 409),
    (_SCORE, "VALIDATION_ERROR"): Refusal(Provoker.score_validation_error, 422),
    (_SCORE, "WRONG_EVAL_MODE"): Refusal(Provoker.score_wrong_eval_mode, 409),
    (_SCORE, "INVALID_CALLBACK_TOKEN"): Refusal(Provoker.score_invalid_callback_token, 401),
    (_SCORE, "ALREADY_SCORED"): Refusal(Provoker.score_already_scored, 409),
    (_SCORE, "EVAL_WRITE_FAILED"): Refusal(Provoker.score_eval_write_failed, 503),
}
"""By endpoint and code."""

ALL = {("", code): refusal for code, refusal in GENERAL.items()} | OF_ENDPOINTS


def test_every_documented_code_is_provoked() -> None:
    documented = {("", code) for code in general_codes()}
    documented |= {
        (str(endpoint), code)
        for endpoint in endpoints()
        for code in endpoint.error_codes
        if str(endpoint) not in LATER
    }
    assert set(ALL) == documented


@pytest.mark.parametrize("place", list(ALL), ids=" ".join)
async def test_a_documented_code_comes_with_its_status_and_shape(
    arena: Arena, stack: Stack, place: tuple[str, str]
) -> None:
    answer = await ALL[place].provoke(await Provoker.on(arena, stack))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (ALL[place].status, place[1])
    assert error["message"]
    assert isinstance(error["details"], dict)
    assert ("Retry-After" in answer.headers) == (answer.status_code in {429, 503})
