"""What an evaluation container finds and what it leaves: the contract with posters' images.

Described for posters in ``docs/api/judging.md``; the JSON Schema of the score is published beside it.
"""

import json
import math
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, StringConstraints

from joust_contracts.base import Command

SUBMISSION_DIRECTORY = "/submission"
OUTPUT_DIRECTORY = "/output"
SCORE_NAME = "score.json"
SCORE_PATH = f"{OUTPUT_DIRECTORY}/{SCORE_NAME}"

MAX_SCORE_BYTES = 1_000_000
OUTPUT_BYTES = 2_000_000
"""All that fits into the output directory."""
MAX_BREAKDOWN_BYTES = 50_000
"""As JSON. It travels in events, of which Kafka takes 1 MB."""
MAX_BREAKDOWN_DEPTH = 8
MAX_MESSAGE_CHARACTERS = 5_000


def _check_breakdown(value: dict[str, JsonValue] | None) -> dict[str, JsonValue] | None:
    _check_value(value, MAX_BREAKDOWN_DEPTH)
    if len(json.dumps(value).encode()) > MAX_BREAKDOWN_BYTES:
        raise ValueError(f"must have at most {MAX_BREAKDOWN_BYTES} bytes as JSON")
    return value


def _check_value(value: JsonValue, deeper: int) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must hold finite numbers only")
    if isinstance(value, str) and "\0" in value:
        raise ValueError("must hold no NUL")
    if isinstance(value, dict | list):
        if deeper == 0:
            raise ValueError(f"must be at most {MAX_BREAKDOWN_DEPTH} levels deep")
        for each in value.values() if isinstance(value, dict) else value:
            _check_value(each, deeper - 1)
    if isinstance(value, dict) and any("\0" in name for name in value):
        raise ValueError("must hold no NUL")


class ContainerScore(Command):
    """The content of ``/output/score.json``."""

    # A number in quotes is a mistake that its author should hear of.
    model_config = ConfigDict(strict=True, title="score.json")

    score: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = Field(
        description="How good the submission is, from 0 to 100; kept with two decimals."
    )
    breakdown: Annotated[dict[str, JsonValue] | None, AfterValidator(_check_breakdown)] = Field(
        default=None,
        description=f"Anything that explains the score: at most {MAX_BREAKDOWN_BYTES} bytes as JSON and "
        f"{MAX_BREAKDOWN_DEPTH} levels deep. Agents see it.",
    )
    message: Annotated[str, StringConstraints(max_length=MAX_MESSAGE_CHARACTERS, pattern=r"^[^\x00]*$")] = (
        Field(default="", description="A few sentences about the result. Agents see it.")
    )
