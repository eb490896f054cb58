"""Runs Schemathesis against a gateway, always with the same seed."""

import json
import os
import subprocess
import sys
from pathlib import Path

from joust_gateway.dialects.straw.workspace_files import FILES_PATH
from tests.fuzz import hooks
from tests.fuzz.ground import Ground

SEED = 20_261_128
PROBABILITY_OF_AN_OBJECT = 0.7
"""That an id of a request is one of an object that is there."""

ANSWERS_WITH_FINDINGS = "/api/v1/tasks/{task_id}/preflight"
"""What is wrong with a zip is the answer here, and no refusal."""
NAMES_OF_FILES = [f"{FILES_PATH}/{name}" for name in ("quota", "finalize", "upload-url")]
"""A file may be called so, and can be deleted: the path has more methods than stand at it in the document."""


def configuration(ground: Ground, examples: int) -> str:
    """Settings of a run, in TOML, of which JSON strings, numbers and lists are a part."""
    lines = [
        f"seed = {SEED}",
        f"hooks = {json.dumps(str(Path(hooks.__file__)))}",
        "request-timeout = 20",
        "max-stream-events = 1",
        "continue-on-failure = true",
        "warnings = false",
        # They measure how fast requests are made up, which on a busy machine says nothing.
        'suppress-health-check = ["all"]',
        f"auth.openapi.apiKey.bearer = {json.dumps(ground.api_key)}",
        "[generation]",
        f"max-examples = {examples}",
        'database = "none"',
        "[checks]",
        # Not everything that is refused can be said in a schema: weights that do not sum to 100, a past deadline.
        "positive_data_acceptance.enabled = false",
        "[phases.coverage]",
        'unexpected-methods = ["OPTIONS"]',
        "[parameters]",
    ]
    for parameter in ground.ids:
        binding = f'{{ dictionary = "{parameter}", probability = {PROBABILITY_OF_AN_OBJECT} }}'
        lines.append(f'"{parameter}" = {binding}')
    for parameter, ids in ground.ids.items():
        lines += [f'[dictionaries."{parameter}"]', f"values = {json.dumps(ids)}"]
    checks_off = dict.fromkeys(NAMES_OF_FILES, "allow_header_conformance")
    checks_off[ANSWERS_WITH_FINDINGS] = "negative_data_rejection"
    for path, check in checks_off.items():
        lines += ["[[operations]]", f'include-path = "{path}"', f"checks.{check}.enabled = false"]
    return "\n".join(lines) + "\n"


def fuzz(
    ground: Ground, url: str, folder: Path, *, examples: int, options: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """The finished process, with its report as text in ``stdout``."""
    config = folder / "schemathesis.toml"
    config.write_text(configuration(ground, examples))
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", "--no-color"]
    return subprocess.run(
        [*program, *options, f"{url}/openapi.json"],
        cwd=folder,
        env={**os.environ, hooks.KEY_ID: ground.key_id},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
