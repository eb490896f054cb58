"""Write the locks: third-party packages, pinned with hashes.

``requirements.lock`` has every one of the repository. ``services.lock`` has, in the same versions, those that
a service needs to run, for its image. The locks hold no download address, so that they work with whichever
index the machine is set up for. Run it by ``make lock`` after a dependency was added to a ``pyproject.toml``
or to ``dev.in``.
"""

import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LOCK = HERE / "requirements.lock"
SERVICES_LOCK = HERE / "services.lock"
_OF_SERVICES = [ROOT / "contracts", ROOT / "libs" / "joust_kit", *(ROOT / "services").iterdir()]
_TO_PREPARE = ("platformdirs>=4",)
"""What the stack's own package needs beside, to prepare parts for the services."""


def third_party_requirements(projects: Sequence[Path]) -> list[str]:
    """Requirements of packages of the repository, without the packages themselves."""
    found: set[str] = set()
    for project in projects:
        file = project / "pyproject.toml"
        if file.exists():
            found.update(tomllib.loads(file.read_text())["project"]["dependencies"])
    return sorted(line for line in found if not line.startswith("joust-"))


def compile_lock(wanted: Sequence[str], lock: Path, *options: str) -> int:
    """Compile one lock with uv for Python 3.11 and later; returns uv's exit code."""
    # Not from PATH: it is one of the pinned tools.
    uv = [sys.executable, "-m", "uv"]
    command = [*uv, "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += [
        "--no-header",
        "--no-annotate",
        "--no-emit-index-url",
        "--output-file",
        str(lock),
        *options,
        "-",
    ]
    return subprocess.run(command, input="\n".join(wanted), text=True, check=False).returncode  # noqa: S603


def main() -> int:
    """Compile both locks; returns the exit code of the first that fails."""
    everything = [*_OF_SERVICES, *(ROOT / "libs").iterdir(), ROOT / "deploy" / "embedded"]
    wanted = [*third_party_requirements(everything), (HERE / "dev.in").read_text()]
    of_services = [*third_party_requirements(_OF_SERVICES), *_TO_PREPARE]
    return compile_lock(wanted, LOCK) or compile_lock(of_services, SERVICES_LOCK, "--constraint", str(LOCK))


if __name__ == "__main__":
    sys.exit(main())
