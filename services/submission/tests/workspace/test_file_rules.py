"""Media types, ranges and entity tags as strangers write them."""

import pytest

from joust_submission.workspace.errors import RangeNotSatisfiable, UnacceptableContentType
from joust_submission.workspace.files.keys import key_of_file, key_of_upload, object_of
from joust_submission.workspace.files.rules import Part, checked_type, names_version, wanted_part
from services.submission.tests.conftest import new_id


@pytest.mark.parametrize(
    "content_type", ["text/plain", "text/html; charset=utf-8", 'a/b;c="d e"', "application/vnd.api+json"]
)
def test_a_media_type_is_taken(content_type: str) -> None:
    assert checked_type(content_type) == content_type


@pytest.mark.parametrize(
    "content_type",
    ["", "text", "text/", "/plain", "text/plain\r\nX: y", "text/plain\n", "text/é", "a/b;", "a/" + "b" * 254],
)
def test_what_is_no_media_type_is_refused(content_type: str) -> None:
    with pytest.raises(UnacceptableContentType):
        checked_type(content_type)


def test_no_media_type_is_that_of_bytes() -> None:
    assert checked_type(None) == "application/octet-stream"


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", Part(0, 0)),
        ("bytes=2-5", Part(2, 5)),
        ("bytes=2-", Part(2, 9)),
        ("bytes=9-99", Part(9, 9)),
        ("bytes=-3", Part(7, 9)),
        ("bytes=-99", Part(0, 9)),
        *(
            (header, None)
            for header in (None, "", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=1-2,4-5")
        ),
        *(
            (header, None)
            for header in ("lines=1-2", "bytes=a-b", "bytes=0x1-2", "bytes=" + "9" * 5000 + "-")
        ),
        ("bytes=١-٢", None),
    ],
)
def test_a_range_is_read_or_passed_over(header: str | None, part: Part | None) -> None:
    assert wanted_part(header, 10) == part


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-1", 0)]
)
def test_a_range_behind_the_end_can_not_be_satisfied(header: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        wanted_part(header, size)
    assert refused.value.headers["Content-Range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    ("header", "names"),
    [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), (None, False)],
)
def test_an_entity_tag_is_found_in_its_header(header: str | None, names: bool) -> None:
    assert names_version(header, '"a"') is names


def test_only_keys_of_our_own_making_name_an_object() -> None:
    account, object_id = new_id(), new_id()
    assert object_of(key_of_file(account, object_id)) == object_id
    assert object_of(key_of_upload(account, object_id)) == object_id
    for key in ("", "workspaces/", "workspaces/a/b", f"workspaces/{account}", f"other/{account}/{object_id}"):
        assert object_of(key) is None
