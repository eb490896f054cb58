"""Names that come with requests: checked, and named in the refusal."""

from joust_kit.paging import NameCursor
from joust_submission.workspace.errors import UnacceptableName
from joust_submission.workspace.rules import problem_of_name, problem_of_path, problem_of_prefix


def check_name(field: str, name: str) -> None:
    """Raises ``UnacceptableName`` for what can't be a key or path."""
    if (problem := problem_of_name(name)) is not None:
        raise UnacceptableName(**{field: problem})


def check_prefix(prefix: str) -> None:
    """Raises ``UnacceptableName`` for what no name can begin with."""
    if (problem := problem_of_prefix(prefix)) is not None:
        raise UnacceptableName(prefix=problem)


def after_of(cursor: str | None) -> str:
    """The name after which a page begins. Raises ``Invalid`` for a cursor that is none."""
    return NameCursor.decode(cursor).name


def check_file_path(path: str) -> None:
    """Raises ``UnacceptableName`` for what can't be the path of a file, or could not be read there."""
    check_name("path", path)
    if (problem := problem_of_path(path)) is not None:
        raise UnacceptableName(path=problem)
