"""Every cell of the table of who may do what, on the running stack: each route, caller and kind of object."""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx2
import pytest

from joust_contracts.internal.common import ErrorCode
from joust_embedded.stack import Stack
from tests.authorisation.calls import FORMS, Calls, Ids
from tests.authorisation.cast import Cast, Thing
from tests.authorisation.table import ABSENT, MALFORMED, Expected, Route, Row, read_table, scopes
from tests.support.arena import Arena
from tests.support.owned import OWNED

ROWS = read_table()
UNKNOWN_KEY = f"straw_sk_{'0' * 64}"
NO_KEYS = {
    "no key": None,
    "no scheme": UNKNOWN_KEY,
    "empty key": "Bearer",
    "malformed key": "Bearer straw_sk_wrong",
    "unknown key": f"Bearer {UNKNOWN_KEY}",
    "another scheme": "Basic cG9zdGVyOnBvc3Rlcg==",
}
REFUSED = Expected(401, ErrorCode.UNAUTHORIZED)
SCOPE_MISSING = Expected(403, ErrorCode.FORBIDDEN)
PASSING_HEADERS = {"date", "x-request-id"}


class Given(NamedTuple):
    """What a caller was given."""

    status: int
    code: str | None
    text: str
    headers: dict[str, str]


class Matrix:
    """Asks the running gateway."""

    def __init__(self, http: httpx2.AsyncClient, calls: Calls, cast: Cast) -> None:
        self.http = http
        self.calls = calls
        self.cast = cast

    async def ask(self, route: Route, ids: Ids, authorization: str | None) -> Given:
        """A valid request, apart from its key. A stream is left as soon as it has begun."""
        method, path, params, body, form = self.calls.request(route, ids)
        headers = {} if authorization is None else {"Authorization": authorization}
        request = self.http.build_request(method, path, params=params, json=body, headers=headers, **form)
        answer = await self.http.send(request, stream=True)
        try:
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                return Given(answer.status_code, None, "", {})
            await answer.aread()
        finally:
            await answer.aclose()
        code = answer.json()["error"]["code"] if answer.status_code >= 400 else None
        kept = {name: value for name, value in answer.headers.items() if name not in PASSING_HEADERS}
        return Given(answer.status_code, code, answer.text, kept)

    async def check(
        self, route: Route, thing: Thing, caller: str, key: str | None, expected: Expected
    ) -> None:
        """Fails unless the caller gets what the table says."""
        given = await self.ask(route, thing.ids, key)
        assert (given.status, given.code) == (expected.status, expected.code), f"{caller}: {given.text}"
        if expected.shows is not None:
            assert (thing.id in given.text) == expected.shows, f"{caller} is shown {given.text}"

    async def check_without_rights(self, row: Row, thing: Thing) -> None:
        """Fails unless who has no valid key, or one without the scope, is refused; its owner's keys too."""
        if row.scope is None:
            return
        revoked = f"Bearer {self.cast.revoked[thing.owner]}"
        limited = f"Bearer {await self.cast.key_without(thing.owner, row.scope)}"
        checks = [
            self.check(row.route, thing, caller, key, REFUSED)
            for caller, key in {**NO_KEYS, "revoked key": revoked}.items()
        ]
        await asyncio.gather(
            *checks, self.check(row.route, thing, "key without the scope", limited, SCOPE_MISSING)
        )

    def full_key(self, caller: str) -> str:
        """The key with every scope of a caller."""
        return str(self.cast.parties[caller].http.headers["Authorization"])


@pytest.fixture(scope="module")
async def matrix(stack: Stack) -> AsyncIterator[Matrix]:
    arena = Arena(stack)
    async with httpx2.AsyncClient(base_url=arena.url, timeout=15) as http:
        document = (await http.get("/openapi.json")).json()
        yield Matrix(http, Calls(document), await Cast.on(arena))
    await arena.close()


async def test_every_route_has_rows_and_every_row_has_a_route(matrix: Matrix) -> None:
    assert {row.route for row in ROWS} == matrix.calls.routes


async def test_every_route_declares_the_scope_of_the_table(matrix: Matrix) -> None:
    for route, scope in scopes().items():
        declared = None if scope is None else [{"apiKey": [scope.value]}]
        assert matrix.calls.security_of(route) == declared, route


async def test_every_route_that_names_an_object_has_rows_for_an_absent_and_a_malformed_id(
    matrix: Matrix,
) -> None:
    rows = {(row.route, row.thing) for row in ROWS}
    for route in filter(matrix.calls.names_an_object, matrix.calls.routes):
        assert {(route, ABSENT), (route, MALFORMED)} <= rows, route


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_each_caller_gets_what_the_table_says(matrix: Matrix, row: Row) -> None:
    thing = await matrix.cast.thing(row.thing, fresh=row.needs_a_fresh_thing)
    await matrix.check_without_rights(row, thing)
    # Refusals first: what is still possible after them was not done by them.
    refusals = {caller: cell for caller, cell in row.cells.items() if cell.is_refusal}
    checks = (
        matrix.check(row.route, thing, caller, matrix.full_key(caller), cell)
        for caller, cell in refusals.items()
    )
    await asyncio.gather(*checks)
    for caller, cell in row.cells.items():
        if caller not in refusals:
            await matrix.check(row.route, thing, caller, matrix.full_key(caller), cell)


HIDDEN = [
    row
    for row in ROWS
    if row.thing not in {ABSENT, MALFORMED} and any(cell.status == 404 for cell in row.cells.values())
]


@pytest.mark.parametrize("row", HIDDEN, ids=str)
async def test_what_is_hidden_is_answered_exactly_as_what_is_absent(matrix: Matrix, row: Row) -> None:
    hidden = await matrix.cast.thing(row.thing, fresh=row.needs_a_fresh_thing)
    for caller in (name for name, cell in row.cells.items() if cell.status == 404):
        absent = await matrix.cast.thing(ABSENT, fresh=True)
        key = matrix.full_key(caller)
        answers = [await matrix.ask(row.route, thing.ids, key) for thing in (hidden, absent)]
        for id in (hidden.id, absent.ids["id"]):
            answers = [each._replace(text=each.text.replace(id, "{id}")) for each in answers]
        assert answers[0] == answers[1], caller


async def test_every_route_with_a_form_is_tried_with_fields_of_the_servers(matrix: Matrix) -> None:
    assert set(map(str, matrix.calls.routes_with_forms)) == set(FORMS)


@pytest.mark.parametrize("name", FORMS)
async def test_a_form_takes_no_field_that_the_server_owns(matrix: Matrix, name: str) -> None:
    """Names the fields that it refuses; without them the same form is taken."""
    row, caller = next(
        (row, caller)
        for row in ROWS
        for caller, cell in row.cells.items()
        if str(row.route) == name and not cell.is_refusal
    )
    thing = await matrix.cast.thing(row.thing, fresh=True)
    path, _ = matrix.calls.address(row.route, thing.ids)
    http, form = matrix.cast.parties[caller].http, FORMS[name]
    schema = matrix.calls.form_schema(row.route)
    assert schema["additionalProperties"] is False
    owned = sorted(OWNED - set(schema["properties"]))
    # A form has few fields, so not all at once.
    for few in (owned[start : start + 8] for start in range(0, len(owned), 8)):
        sneaked = {**form, "data": {**form.get("data", {}), **dict.fromkeys(few, "sneaked")}}
        answer = await http.post(path, **sneaked)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR"), answer.text
        assert set(few) <= set(answer.json()["error"]["details"])
    assert (await http.post(path, **form)).status_code == row.cells[caller].status
