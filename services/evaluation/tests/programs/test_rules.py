"""What is run: by the manifest, else by the files that are there."""

import pytest

from joust_evaluation.programs.errors import NoProgram
from joust_evaluation.programs.rules import (
    MAX_MANIFEST_BYTES,
    Language,
    declared_run,
    found_run,
    language_of,
    sources_of,
)


@pytest.mark.parametrize(
    ("manifest", "run"),
    [
        (b'run = "python3 main.py --fast"', ("python3", "main.py", "--fast")),
        (b'run = "python main.py"', ("python3", "main.py")),
        (b"run = \"sh -c 'echo a b'\"", ("sh", "-c", "echo a b")),
        (b'run = ["node", "my file.js"]', ("node", "my file.js")),
        (b'\xef\xbb\xbfrun = "node main.js"\r\n', ("node", "main.js")),
        (b'name = "x"', None),
        (b"", None),
    ],
)
def test_the_manifest_declares_what_is_run(manifest: bytes, run: tuple[str, ...] | None) -> None:
    assert declared_run(manifest) == run


@pytest.mark.parametrize(
    "manifest",
    [
        b"run = ",
        b"\xff\xfe",
        b'run = ""',
        b"run = []",
        b"run = 3",
        b"run = [1]",
        b'run = "say \'hi"',
        b'run = "' + b"x" * 1001 + b'"',
        b"run = [" + b'"x",' * 101 + b"]",
        b'run = ["a\\u0000b"]',
        b"#" * (MAX_MANIFEST_BYTES + 1),
        b"x = " + b"[" * 20_000,
    ],
)
def test_a_manifest_that_can_not_be_used_is_told_to_the_agent(manifest: bytes) -> None:
    with pytest.raises(NoProgram, match=r"joust\.toml"):
        declared_run(manifest)


@pytest.mark.parametrize(
    ("names", "run"),
    [
        (["main.py", "main.js"], ("python3", "main.py")),
        (["solve.py"], ("python3", "solve.py")),
        (["a.py", "b.py"], None),
        (["index.js", "other.js"], ("node", "index.js")),
        (["main.go", "go.mod", "other.go"], ("./.joust-program",)),
        (["run.sh"], ("bash", "run.sh")),
        (["README.md"], None),
        ([], None),
    ],
)
def test_without_a_manifest_the_files_tell(names: list[str], run: tuple[str, ...] | None) -> None:
    assert found_run(names) == run


def test_the_language_is_that_of_the_command_else_that_of_the_files() -> None:
    assert language_of(("bash", "x"), ["main.py"]) is Language.SHELL
    assert language_of(("./start",), ["src/main.go"]) is Language.GO
    assert language_of((), ["notes.md"]) is None
    assert sources_of(Language.PYTHON, ["b.py", "a/x.py", "c.js"]) == ["a/x.py", "b.py"]
