"""Values of a workspace: written, read, listed, deleted, each by their account alone."""

from datetime import timedelta

import pytest

from services.submission.tests.workspace.desk import Desk, code_of


async def test_a_value_is_read_as_it_was_written(desk: Desk) -> None:
    text = '{"a":[1,2.5,null,"\\u0000\\ud800é"],"b":{}}'
    written = await desk.put("runs/1", text)
    assert written.status_code == 200
    read = await desk.get("/value", key="runs/1")
    assert read.pop("value_json") == text
    assert read == written.json()
    assert (read["key"], read["size_bytes"]) == ("runs/1", len(text.encode()))


async def test_a_value_that_is_replaced_keeps_the_moment_at_which_it_was_made(desk: Desk) -> None:
    first = (await desk.put("a", '"one"')).json()
    with desk.service.clock.ahead(timedelta(hours=1)):
        second = (await desk.put("a", '"three"')).json()
    assert second["created_at"] == first["created_at"]
    assert second["updated_at"] > first["updated_at"]
    assert (await desk.counted_values()).entries == 1


async def test_what_was_never_written_is_not_found(desk: Desk) -> None:
    assert code_of(await desk.read("nothing")) == (404, "NOT_FOUND")


async def test_deleting_is_the_same_once_and_twice(desk: Desk) -> None:
    await desk.keep("a", "b")
    for _ in range(2):
        assert (await desk.delete("a")).json() == {"deleted": True}
    assert code_of(await desk.read("a")) == (404, "NOT_FOUND")
    assert (await desk.counted_values()).entries == 1


async def test_accounts_share_nothing(desk: Desk) -> None:
    other = Desk(desk.service)
    await desk.keep("a", value_json='"mine"')
    await other.keep("a", value_json='"theirs"')
    await other.delete("a")
    assert (await desk.get("/value", key="a"))["value_json"] == '"mine"'
    assert (await other.get("/keys"))["data"] == []


async def test_a_list_tells_of_values_without_them_in_the_order_of_keys(desk: Desk) -> None:
    await desk.keep("b", "a/2", "A", "a/10", "a")
    listed = (await desk.get("/keys"))["data"]
    assert [entry["key"] for entry in listed] == ["A", "a", "a/10", "a/2", "b"]
    assert set(listed[0]) == {"key", "size_bytes", "created_at", "updated_at"}


async def test_a_prefix_means_itself_and_no_pattern(desk: Desk) -> None:
    await desk.keep("a_b", "axb", "a/b", "a", "b")
    for prefix, found in {"a_": ["a_b"], "a": ["a", "a/b", "a_b", "axb"], "a/b/": [], "": None}.items():
        listed = [entry["key"] for entry in (await desk.get("/keys", prefix=prefix))["data"]]
        assert listed == (["a", "a/b", "a_b", "axb", "b"] if found is None else found)


async def test_pages_join_without_gap_or_repetition_while_keys_come_and_go(desk: Desk) -> None:
    await desk.keep(*(f"k{number}" for number in range(7)), "other")
    first = await desk.get("/keys", prefix="k", limit=3)
    await desk.delete("k2")
    await desk.keep("k00", "k7")
    second = await desk.get("/keys", prefix="k", limit=3, cursor=first["next_cursor"])
    third = await desk.get("/keys", prefix="k", limit=3, cursor=second["next_cursor"])
    read = [entry["key"] for page in (first, second, third) for entry in page["data"]]
    assert read == ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"]
    assert third["next_cursor"] is None


async def test_50_keys_are_a_page_unless_asked_otherwise(desk: Desk) -> None:
    await desk.keep(*(f"{number:02}" for number in range(51)))
    page = await desk.get("/keys")
    assert (len(page["data"]), bool(page["next_cursor"])) == (50, True)
    assert len((await desk.get("/keys", limit=200))["data"]) == 51


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "9" * 40},
        {"cursor": "no cursor"},
        {"cursor": "AGE"},
        {"cursor": "/w"},
        {"cursor": "a" * 1001},
        {"prefix": "a\x00"},
        {"prefix": "%"},
    ],
)
async def test_what_is_no_page_is_refused(desk: Desk, params: dict[str, str]) -> None:
    assert code_of(await desk.ask("GET", "/keys", params=params)) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("key", ["", "..", "a/../b", "a\0b", "a b", "/a", "a/", "é", "x" * 513])
async def test_what_can_not_be_a_key_is_refused(desk: Desk, method: str, key: str) -> None:
    body = {"json": {"value_json": "1"}} if method == "PUT" else {}
    answer = await desk.ask(method, "/value", params={"key": key}, **body)
    assert code_of(answer) == (422, "VALIDATION_ERROR")
    assert set(answer.json()["error"]["details"]) == {"key"}
