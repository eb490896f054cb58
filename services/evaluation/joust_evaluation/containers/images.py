"""Images: named by posters, pinned to their content once, and brought to the engine when they are needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joust_evaluation.containers.engine import Engine
from joust_evaluation.containers.errors import EngineError, ImageNotFound, NoSuchThing, RegistryNotAllowed
from joust_evaluation.containers.rules import is_allowed, is_local, pinned, registry_of
from joust_evaluation.modes.case import NotJudged


@dataclass(frozen=True)
class ImagePolicy:
    """Which images may run."""

    registries: frozenset[str]
    takes_local: bool
    """Also take what lies in the engine and in no registry, for a stack on one machine."""
    pull_seconds: float
    max_bytes: int


async def pin(engine: Engine, image: str, policy: ImagePolicy) -> str:
    """The image by its content, as its registry has it now.

    Raises ``ImageNotFound``, ``RegistryNotAllowed``, or ``JudgeUnavailable``.
    """
    local = await _local_pin(engine, image) if policy.takes_local else None
    if local is not None:
        return local
    if not is_allowed(image, policy.registries):
        allowed = ", ".join(sorted(policy.registries))
        raise RegistryNotAllowed(eval_image=f"is in {registry_of(image)}; must be in one of {allowed}")
    try:
        return pinned(image, await engine.registry_digest(image))
    except EngineError as error:
        raise ImageNotFound(eval_image=f"{image} was not found") from error


async def provide(engine: Engine, pin: str, policy: ImagePolicy) -> Mapping[str, Any]:
    """Have the image in the engine; returns what the engine tells of it. Raises ``NotJudged`` or
    ``JudgeUnavailable``."""
    try:
        found = await engine.image(pin)
    except NoSuchThing:
        if is_local(pin):
            raise _gone(pin) from None
        try:
            await engine.pull(pin, policy.pull_seconds)
            found = await engine.image(pin)
        except EngineError as error:
            raise _gone(pin) from error
    if found["Size"] > policy.max_bytes:
        raise NotJudged(
            f"The task's evaluation image has {found['Size']} bytes; {policy.max_bytes} are allowed.",
            platform_fault=True,
        )
    return found


async def _local_pin(engine: Engine, image: str) -> str | None:
    """The id of an image that lies in the engine and came from no registry."""
    try:
        found = await engine.image(image)
    except EngineError:
        return None
    return None if found.get("RepoDigests") else str(found["Id"])


def _gone(pin: str) -> NotJudged:
    return NotJudged(
        f"The task's evaluation image {pin} does not exist any more, or its registry does not give it out.",
        platform_fault=True,
    )
