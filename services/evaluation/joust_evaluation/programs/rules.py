"""How a submission says what is to be run, and how its language is recognised. No I/O.

The order is that of the issue of judging: a ``run`` line in the manifest, else Python, Node, Go, shell.
"""

import shlex
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from joust_evaluation.programs.errors import NoProgram

MANIFEST = "joust.toml"
"""``run = "python3 main.py"``, or a list of arguments; read from the folder that holds the work."""
MAX_MANIFEST_BYTES = 65_536
_MAX_ARGUMENTS = 100
_MAX_ARGUMENT_LENGTH = 1000
_MAX_CHECKED_FILES = 50
BINARY = ".joust-program"
"""Where the program of a language that is compiled lies, beside its sources."""


class Language(StrEnum):
    """What can be recognised."""

    PYTHON = "python"
    NODE = "node"
    GO = "go"
    SHELL = "shell"


@dataclass(frozen=True)
class _Tongue:
    suffixes: tuple[str, ...]
    entries: tuple[str, ...]
    """Names of the file that is run, the first that is there."""
    run: tuple[str, ...]
    """What is put before that name."""


_TONGUES: dict[Language, _Tongue] = {
    Language.PYTHON: _Tongue((".py",), ("main.py", "__main__.py", "app.py", "run.py"), ("python3",)),
    Language.NODE: _Tongue(
        (".js", ".mjs", ".cjs"), ("main.js", "index.js", "main.mjs", "index.mjs", "app.js"), ("node",)
    ),
    Language.GO: _Tongue((".go",), ("main.go",), ()),
    Language.SHELL: _Tongue((".sh",), ("main.sh", "run.sh"), ("bash",)),
}
_BY_COMMAND = {
    "python": Language.PYTHON,
    "python3": Language.PYTHON,
    "node": Language.NODE,
    "go": Language.GO,
    "sh": Language.SHELL,
    "bash": Language.SHELL,
}
_CHECKS = {
    Language.NODE: ("node", "--check"),
    Language.GO: ("gofmt", "-e"),
    Language.SHELL: ("bash", "-n"),
}
TOOL_MISSING = 127
"""As a shell says it of a command that is not there."""
_BUILT = "/tmp/program"  # noqa: S108 - a path inside of the sandbox


def declared_run(manifest: bytes) -> tuple[str, ...] | None:
    """The arguments of the manifest's ``run``; ``None`` if it has none. Raises ``NoProgram``."""
    if len(manifest) > MAX_MANIFEST_BYTES:
        raise NoProgram(f"{MANIFEST} must have at most {MAX_MANIFEST_BYTES} bytes.")
    try:
        run = tomllib.loads(manifest.decode("utf-8-sig")).get("run")
    except (ValueError, RecursionError) as error:
        raise NoProgram(f"{MANIFEST} is not valid TOML.") from error
    if run is None:
        return None
    arguments = _arguments(run)
    problem = _problem_of(arguments)
    if problem:
        raise NoProgram(f"{MANIFEST}: run {problem}.")
    # Most machines have no command of that name, and agents can't know whether this one has.
    return ("python3", *arguments[1:]) if arguments[0] == "python" else tuple(arguments)


def found_run(names: Collection[str]) -> tuple[str, ...] | None:
    """How the work is run by the names of the files in its folder; ``None`` if none of them tells."""
    for language, tongue in _TONGUES.items():
        entry = _entry_of(tongue, names)
        if entry is not None:
            return (f"./{BINARY}",) if language is Language.GO else (*tongue.run, entry)
    return None


def language_of(run: Sequence[str], names: Collection[str]) -> Language | None:
    """The language by the command that runs the work, else by the files of the whole work."""
    if run and (by_command := _BY_COMMAND.get(run[0])) is not None:
        return by_command
    return next((each for each in Language if sources_of(each, names)), None)


def sources_of(language: Language, names: Collection[str]) -> list[str]:
    """The files of the language, at most as many as are checked, in order."""
    suffixes = _TONGUES[language].suffixes
    return sorted(name for name in names if PurePosixPath(name).suffix in suffixes)[:_MAX_CHECKED_FILES]


def check_command(language: Language, sources: Sequence[str]) -> tuple[str, ...]:
    """The command that reads ``sources`` as the language does, without running them.

    It succeeds if all of them can be read, says what is wrong, and exits with ``TOOL_MISSING`` where the
    language's tools are not installed.
    """
    files = [f"./{name}" for name in sources]
    if language is Language.PYTHON:
        return ("python3", "-c", _COMPILE_ALL, *files)
    tool, option = _CHECKS[language]
    script = (
        f"command -v {tool} >/dev/null || exit {TOOL_MISSING}; bad=0; "
        f'for file; do {tool} {option} "$file" >/dev/null || bad=1; done; exit $bad'
    )
    return ("sh", "-c", script, "check", *files)


def build_command() -> tuple[str, ...]:
    """The command that builds a Go program and writes it to stdout, the only way out of a sandbox."""
    script = f"command -v go >/dev/null || exit {TOOL_MISSING}; go build -o {_BUILT} . && cat {_BUILT}"
    return ("sh", "-c", script)


GO_ENVIRONMENT = {
    "GOCACHE": "/tmp/cache",  # noqa: S108 - a path inside of the sandbox
    "GOPATH": "/tmp/go",  # noqa: S108 - a path inside of the sandbox
    "GOPROXY": "off",
    "GOTOOLCHAIN": "local",
    "GOFLAGS": "-buildvcs=false",
    "CGO_ENABLED": "0",
}

_COMPILE_ALL = """
import sys
bad = 0
for name in sys.argv[1:]:
    try:
        with open(name, "rb") as file:
            compile(file.read(), name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, OverflowError) as error:
        bad = 1
        print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
sys.exit(bad)
"""


def _entry_of(tongue: _Tongue, names: Collection[str]) -> str | None:
    for entry in tongue.entries:
        if entry in names:
            return entry
    sources = [name for name in names if "/" not in name and PurePosixPath(name).suffix in tongue.suffixes]
    return sources[0] if len(sources) == 1 else None


def _arguments(run: object) -> list[str]:
    if isinstance(run, str):
        try:
            return shlex.split(run)
        except ValueError as error:
            raise NoProgram(f"{MANIFEST}: run has a quotation mark without its partner.") from error
    if isinstance(run, list) and all(isinstance(each, str) for each in run):
        return run
    raise NoProgram(f"{MANIFEST}: run must be a string, or a list of strings.")


def _problem_of(arguments: Sequence[str]) -> str | None:
    if not arguments or not arguments[0]:
        return "must name a command"
    if len(arguments) > _MAX_ARGUMENTS:
        return f"must have at most {_MAX_ARGUMENTS} arguments"
    if any(len(each) > _MAX_ARGUMENT_LENGTH or "\0" in each for each in arguments):
        return f"must have arguments of at most {_MAX_ARGUMENT_LENGTH} characters, without NUL"
    return None
