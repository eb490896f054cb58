"""The one place where failures become HTTP answers. No bad input ends in a 500."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from joust_contracts.internal.common import ErrorAnswer, ErrorBody, ErrorCode, error_example
from joust_contracts.refusals.base import Refusal
from joust_kit.database.failures import is_contention, is_unavailable
from joust_kit.errors import (
    BadRequest,
    Invalid,
    InvalidUuid,
    JoustError,
    NotFound,
    Unavailable,
)
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_MAX_SHOWN = 50
"""Problems of one request; more help nobody."""
_IN_WORDS_OF_JSON = {
    "too_short": "must have {min_length} or more items",
    "too_long": "must have {max_length} or fewer items",
    "extra_forbidden": "is not known here",
    "missing": "is required",
    **dict.fromkeys(("tuple_type", "list_type", "set_type"), "must be an array"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "must be an object"),
}
"""By pydantic's type of error."""
NO_JSON = "The body is not valid JSON."
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class RefusedBody(HTTPException):
    """What is wrong with a body that is being read.

    FastAPI lets this kind of exception through meanwhile, and makes another of every other.
    """

    def __init__(self, refusal: JoustError) -> None:
        super().__init__(refusal.status)
        self.refusal = refusal


def install_error_handlers(app: FastAPI) -> None:
    """Give ``app`` the public shape for every failure, unknown paths included."""
    app.add_exception_handler(JoustError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unexpected)


def render(error: JoustError) -> JSONResponse:
    """An error as an answer."""
    return JSONResponse(error.answer().model_dump(mode="json"), error.status, headers=error.headers)


def translate(error: Exception) -> JoustError | None:
    """The refusal that stands for a failure of a part we need, ``None`` for a mistake of ours."""
    if isinstance(error, JoustError):
        return error
    if is_unavailable(error) or is_contention(error):
        return Unavailable()
    return None


def responses(*errors: type[JoustError] | Refusal) -> dict[int | str, dict[str, Any]]:
    """Error answers of a route for OpenAPI, with an example for each code."""
    declared: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        entry = declared.setdefault(
            error.status,
            {"model": ErrorAnswer, "description": "", "content": {"application/json": {"examples": {}}}},
        )
        example = {"summary": error.message, "value": error_example(error.code, error.message)}
        entry["content"]["application/json"]["examples"][error.code.value] = example
        codes = ", ".join(entry["content"]["application/json"]["examples"])
        entry["description"] = f"{codes}"
    return declared


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, JoustError)  # noqa: S101 - registered for this type alone
    return render(error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type alone
    return render(_refusal_of(request, error))


def _refusal_of(request: Request, error: RequestValidationError) -> JoustError:
    problems = error.errors()
    if any(problem["type"] == "json_invalid" for problem in problems):
        return BadRequest(NO_JSON)
    if any(problem["loc"] == ("body",) for problem in problems) and not is_json(
        request.headers.get("content-type", "")
    ):
        return BadRequest("Send the body as JSON with 'Content-Type: application/json'.")
    if any(
        problem["loc"][0] in ("path", "query") and problem["type"].startswith("uuid") for problem in problems
    ):
        return InvalidUuid()
    own = [problem for problem in problems if not _follows_from_another(problem, problems)]
    return Invalid(**{_field(problem["loc"]): _said_of(problem) for problem in own[:_MAX_SHOWN]})


def _follows_from_another(problem: Mapping[str, Any], problems: Sequence[Mapping[str, Any]]) -> bool:
    """True for a list that is called too short because what is in it is not valid."""
    place = problem["loc"]
    within = (each["loc"] for each in problems[:_MAX_SHOWN] if len(each["loc"]) > len(place))
    return problem["type"] == "too_short" and any(each[: len(place)] == place for each in within)


def _said_of(problem: Mapping[str, Any]) -> str:
    """What is wrong with a field, in the words of JSON and not of Python."""
    said = _IN_WORDS_OF_JSON.get(problem["type"])
    if said is None:
        return str(problem["msg"]).removeprefix("Value error, ")
    return said.format(**problem.get("ctx", {}))


def is_json(content_type: str) -> bool:
    """True if a body with this header is read as JSON."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _field(location: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in location[1:]) or str(location[0])


async def _framework(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    if isinstance(error, RefusedBody):
        return render(error.refusal)
    if error.status_code == 405:
        body = ErrorBody(message="This path has no such method.", code=ErrorCode.METHOD_NOT_ALLOWED)
        answer = ErrorAnswer(error=body).model_dump(mode="json")
        return JSONResponse(answer, 405, headers={"Allow": ", ".join(_methods_at(request))})
    refusal = _refusal_by_status(error.status_code)
    return await _unexpected(request, error) if refusal is None else render(refusal)


def _refusal_by_status(status: int) -> JoustError | None:
    match status:
        case 404:
            return NotFound("There is nothing at this path.")
        case _:
            return BadRequest("The body could not be read.") if status < 500 else None


def _methods_at(request: Request) -> list[str]:
    """All methods of the path (RFC 9110, 15.5.6); the router names those of one of its routes only."""
    found: dict[str, int] = {}
    for method in _METHODS:
        for route in _leaves(request.app.router.routes):
            match, told = route.matches({**request.scope, "method": method, "path_params": {}})
            if match == Match.FULL:
                found[method] = len(told.get("path_params", {}))
                break
    # A path that is spelled out is another resource than one whose parameter could be spelled so.
    fewest = min(found.values(), default=0)
    return [method for method, parameters in found.items() if parameters == fewest]


def _leaves(routes: Iterable[Any]) -> Iterator[Any]:
    """Also those of included routers, which tell nothing of parameters themselves."""
    for route in routes:
        included = getattr(route, "original_router", None)
        yield from (route,) if included is None else _leaves(included.routes)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    if (refusal := translate(error)) is not None:
        log.warning("answered 503", path=request.url.path, error=repr(error))
        return render(refusal)
    error_id = str(uuid4())
    log.error("unexpected failure", error_id=error_id, path=request.url.path, exc_info=error)
    return render(JoustError(error_id=error_id))
