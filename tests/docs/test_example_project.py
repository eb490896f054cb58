"""The example of an agent with an integration test, run as its reader would."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent.parent / "docs" / "examples" / "agent"
LIMIT_SECONDS = 420


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param("embedded", marks=pytest.mark.example),
        pytest.param("compose", marks=pytest.mark.containers),
    ],
)
def test_the_example_project_passes_on_a_stack_that_its_plugin_brings_up(tmp_path: Path, stack: str) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--basetemp={tmp_path / 'run'}",
        "--joust-stack",
        stack,
        ".",
    ]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "JOUST_"))}
    # As a project of its own: nothing of this repository's settings for pytest.
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command.append(f"--config-file={tmp_path / 'pytest.ini'}")
    done = subprocess.run(
        command, cwd=EXAMPLE, env=own, capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "3 passed" in done.stdout
