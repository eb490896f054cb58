"""Write ``requirements.lock``: every third-party package of the repository, pinned with hashes.

The lock holds no download address, so that it works with whichever index the machine is set up for.
Run it by ``make lock`` after a dependency was added to a ``pyproject.toml`` or to ``dev.in``.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LOCK = HERE / "requirements.lock"


def third_party_requirements() -> list[str]:
    """Requirements of all packages of the repository, without the packages themselves."""
    projects = [ROOT / "contracts", *(ROOT / "libs").iterdir(), *(ROOT / "services").iterdir()]
    projects += [ROOT / "deploy" / "embedded"]
    found: set[str] = set()
    for project in projects:
        file = project / "pyproject.toml"
        if file.exists():
            found.update(tomllib.loads(file.read_text())["project"]["dependencies"])
    return sorted(line for line in found if not line.startswith("joust-"))


def main() -> int:
    """Compile the lock with uv for Python 3.11 and later; returns uv's exit code."""
    wanted = "\n".join([*third_party_requirements(), (HERE / "dev.in").read_text()])
    # Not from PATH: it is one of the pinned tools.
    uv = [sys.executable, "-m", "uv"]
    command = [*uv, "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--output-file", str(LOCK), "-"]
    return subprocess.run(command, input=wanted, text=True, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
