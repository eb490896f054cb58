"""Brings what was handed in to a drop into the form that judges read. Hostile until shown otherwise."""

from collections.abc import Sequence

from joust_contracts.events.drop_submissions import DropSubmissionSnapshot, StoredFile
from joust_evaluation.judges.artifact import OtherFile, SubmittedFiles, TextFile
from joust_kit.storage import ObjectChanged, ObjectMissing, Storage, as_promised

ANSWER = "answer.txt"
"""Name under which the text of a submission is shown."""
_MAX_FILE_BYTES = 1_000_000
"""A larger file is not shown; whoever wants it read makes it smaller."""


async def read_entries(
    submissions: Sequence[DropSubmissionSnapshot], storage: Storage, *, max_characters: int
) -> tuple[SubmittedFiles, ...]:
    """Each submission as a judge gets it; all have the same room. Raises ``Unavailable``."""
    room = max(1, max_characters // max(1, len(submissions)))
    return tuple([await _read(submission, storage, room) for submission in submissions])


async def _read(submission: DropSubmissionSnapshot, storage: Storage, room: int) -> SubmittedFiles:
    texts, binaries, left_out = list[TextFile](), list[OtherFile](), list[OtherFile]()
    if submission.text:
        room = _take(texts, ANSWER, submission.text, room)
    for file in submission.files:
        if file.size_bytes > _MAX_FILE_BYTES or room <= len(file.name):
            left_out.append(OtherFile(file.name, file.size_bytes))
        elif (content := await _text_of(file, storage)) is None:
            binaries.append(OtherFile(file.name, file.size_bytes))
        else:
            room = _take(texts, file.name, content, room)
    return SubmittedFiles(tuple(texts), tuple(binaries), tuple(left_out))


def _take(texts: list[TextFile], name: str, content: str, room: int) -> int:
    """Add as much of a text as there is room for; returns what is left of it."""
    kept = content[: max(0, room - len(name))]
    texts.append(TextFile(name, kept, is_cut=len(kept) < len(content)))
    return max(0, room - len(name) - len(kept))


async def _text_of(file: StoredFile, storage: Storage) -> str | None:
    """The file as text; ``None`` if it is none, or is not there as it was handed in."""
    content = bytearray()
    try:
        async with storage.open(file.key) as chunks:
            async for chunk in as_promised(file.key, chunks, sha256=file.sha256, max_bytes=file.size_bytes):
                content += chunk
        text = content.decode()
    except (ObjectMissing, ObjectChanged, UnicodeDecodeError):
        return None
    return None if "\x00" in text else text
