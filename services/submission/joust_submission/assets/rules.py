"""Rules of uploads: how a file is cut into parts, and what a submission may hold. No I/O, no clock."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from joust_contracts.internal.drafts import MAX_FILES, MAX_TOTAL_BYTES, NewAsset
from joust_kit.errors import Invalid
from joust_kit.multipart import MAX_PARTS, MIN_PART_BYTES
from joust_submission.assets.errors import PartsRefused, TooMuch

MIB = 1024**2
_PART_BYTES = 64 * MIB
"""A part that fails is sent again, so it is not too large; 500 GiB take 8000 of them, of the 10,000 that S3
allows."""
PARTS_PER_PAGE = 500


class Plan(NamedTuple):
    """How a file is cut."""

    part_bytes: int
    parts_count: int

    def size_of(self, number: int, total_bytes: int) -> int:
        """Bytes of a part, counted from 1."""
        return min(self.part_bytes, total_bytes - (number - 1) * self.part_bytes)


def plan_of(size_bytes: int) -> Plan:
    """Parts of a file that is too large for one PUT; within S3's limits for every size that is taken."""
    part_bytes = _PART_BYTES
    while size_bytes > part_bytes * MAX_PARTS:
        part_bytes *= 2
    return Plan(max(part_bytes, MIN_PART_BYTES), -(-size_bytes // part_bytes))


def check_files(files: Sequence[NewAsset], single_max_bytes: int) -> None:
    """Raises ``Invalid`` for a name that is a path, hides something, or stands twice, and says where."""
    seen: set[str] = set()
    for number, file in enumerate(files):
        if (problem := _problem_of(file.filename)) is not None:
            raise Invalid(**{f"files.{number}.filename": problem})
        if file.filename in seen:
            raise Invalid(**{f"files.{number}.filename": "stands twice"})
        for name in ("md5", "sha256"):
            if file.size > single_max_bytes and getattr(file, name) is not None:
                raise Invalid(**{f"files.{number}.{name}": "is for files of one PUT; parts have their own"})
        seen.add(file.filename)


def check_room(files: int, size_bytes: int) -> None:
    """Raises ``TooMuch`` if a submission with so many files, or bytes, is too large."""
    if files > MAX_FILES:
        raise TooMuch(None, max_files=MAX_FILES)
    if size_bytes > MAX_TOTAL_BYTES:
        raise TooMuch(None, max_total_bytes=MAX_TOTAL_BYTES)


def check_parts(numbers: Sequence[int], plan: Plan) -> None:
    """Raises ``PartsRefused`` unless exactly the parts of the plan are named, in their order."""
    if list(numbers) != list(range(1, plan.parts_count + 1)):
        raise PartsRefused(None, part_count=plan.parts_count, parts="name each part once, in order")


def numbers_after(after: int, plan: Plan) -> Iterator[int]:
    """Numbers of one page of parts."""
    return iter(range(after + 1, min(plan.parts_count, after + PARTS_PER_PAGE) + 1))


def _problem_of(name: str) -> str | None:
    if "/" in name or "\\" in name or name.strip(". ") == "":
        return "must be a name, not a path"
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in name):
        return "must have no control or invisible characters"
    if len(name.encode()) > 255:
        return "must have at most 255 bytes"
    return None
