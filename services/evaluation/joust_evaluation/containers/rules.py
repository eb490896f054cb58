"""Which images may run, how they are confined, and what their end means. No I/O, no clock."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from joust_evaluation.containers.confinement import Bounds, Confinement, confined, volume_mount
from joust_evaluation.containers.contract import (
    MAX_SCORE_BYTES,
    OUTPUT_DIRECTORY,
    SCORE_PATH,
    SUBMISSION_DIRECTORY,
    ContainerScore,
)
from joust_evaluation.judges.directory import printable

DOCKER_HUB = "docker.io"
LABEL = "joust.evaluation"
"""On everything that belongs to one evaluation; its value is the evaluation's id."""
SANDBOX_LABEL = "joust.sandbox"
"""On everything in which an evaluation executes what was submitted; its value is the evaluation's id."""
RUN_LABEL = "joust.run"
"""On everything that belongs to one run of either; its value is the run's token."""
SPARE_LABEL = "joust.spare"
"""On a keeper and its volumes that were made before it was known for which evaluation; its value is the run's
token. It stays when a run takes them, as labels can't be changed; the keeper's name tells the evaluation."""
KEEPER = "joust-keeper-"
"""How the names of all keepers begin that belong to an evaluation."""
SPARE_SECONDS = 300.0
"""Longest that a spare waits for its run; then its worker removes it. What waits for more than twice as long
was left by a worker that died."""
_PINNED = re.compile(r"(?:.+@)?sha256:[0-9a-f]{64}")
_KILLED = 137
ENDED_BY_SIGNAL = frozenset({143, _KILLED})
"""Exit codes after SIGTERM and SIGKILL, by which an engine ends containers when it stops itself."""
_MEBIBYTE = 1024 * 1024
NO_PLAIN_FILE = f"{SCORE_PATH} is not a plain file. Links are not followed."
_SHOWN_ERRORS = 3
_UUID_CHARACTERS = 36
_SHOWN_OF_THE_ENGINE = 300
_ENGINES_PATH = re.compile(
    r"/[^\s'\":,]*(?:[0-9a-f]{64}|joust-run-|/(?:docker|containerd|containers|overlay2)/)[^\s'\":,]*"
)


class BadScore(Exception):
    """What lies at the score's place can't be taken; the message says why."""


@dataclass(frozen=True)
class Ended:
    """How a container came to its end."""

    exit_code: int
    was_out_of_memory: bool


def registry_of(image: str) -> str:
    """The registry in an image's name, by Docker's own rule: it has a dot or a port, or is ``localhost``."""
    first, slash, _ = image.partition("/")
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost" or first != first.lower())
    return first if is_host else DOCKER_HUB


def is_allowed(image: str, registries: Collection[str]) -> bool:
    """True if the image may be pulled: the engine must not be led to addresses of an inner network."""
    return registry_of(image) in registries


def pinned(image: str, digest: str) -> str:
    """``image`` by its content: the name without tag and digest, and the digest."""
    name = image.partition("@")[0]
    last = name.rpartition("/")[2]
    if ":" in last:
        name = name[: -len(last)] + last.partition(":")[0]
    return f"{name}@{digest}"


def is_pinned(image: str) -> bool:
    """True if the name can mean one content only."""
    return _PINNED.fullmatch(image) is not None


def is_local(pin: str) -> bool:
    """True for an image that no registry has: it is named by its id in the engine."""
    return pin.startswith("sha256:")


@dataclass(frozen=True)
class RunName:
    """One run of an evaluation's container; everything that belongs to it is named after it."""

    evaluation_id: UUID | None
    """``None`` of a spare that nobody has taken."""
    token: str
    """Tells runs apart: a worker that lost its lease must remove nothing of its successor's."""

    @property
    def volume_in(self) -> str:
        """The volume that holds the submission."""
        return f"joust-run-{self.token}-in"

    @property
    def volume_out(self) -> str:
        """The volume that takes the score."""
        return f"joust-run-{self.token}-out"

    @property
    def keeper(self) -> str:
        """The name of the container that keeps both. It is the evaluation's by this name alone if it was made
        as a spare."""
        if self.evaluation_id is None:
            return f"joust-spare-{self.token}"
        return f"{keepers_of(self.evaluation_id)}{self.token}"

    @property
    def labels(self) -> dict[str, str]:
        """On containers and volumes."""
        whose = {SPARE_LABEL: self.token} if self.evaluation_id is None else {LABEL: str(self.evaluation_id)}
        return {**whose, RUN_LABEL: self.token}


def keepers_of(evaluation_id: UUID) -> str:
    """How the names of an evaluation's keepers begin."""
    return f"{KEEPER}{evaluation_id}-"


def evaluation_of(keeper: str) -> UUID | None:
    """The evaluation that has taken the keeper of that name, if one has."""
    try:
        return UUID(keeper.removeprefix(KEEPER)[:_UUID_CHARACTERS]) if keeper.startswith(KEEPER) else None
    except ValueError:
        return None


def mounts_of(run: RunName, *, is_judge: bool) -> list[dict[str, Any]]:
    """Both volumes; the judge can't change the submission."""
    return [
        volume_mount(run.volume_in, SUBMISSION_DIRECTORY, read_only=is_judge),
        volume_mount(run.volume_out, OUTPUT_DIRECTORY, read_only=False),
    ]


def judge_config(
    run: RunName,
    pin: str,
    memory_mb: int,
    confinement: Confinement,
    *,
    with_network: bool,
    declared_volumes: Collection[str] = (),
) -> dict[str, Any]:
    """The container that judges, as the Engine API creates it.

    Root in the container keeps three capabilities, so that a judge can run what was submitted as another
    user: SETUID and SETGID to become that user, KILL to end its processes.
    """
    bounds = Bounds(
        memory_bytes=memory_mb * _MEBIBYTE,
        pids=confinement.pids,
        cpus=confinement.cpus,
        scratch_bytes=confinement.scratch_mb * _MEBIBYTE,
        ulimits={"nofile": (1024, 1024)},
        log_bytes=confinement.log_bytes,
    )
    return {
        "Image": pin,
        "Labels": run.labels,
        "Env": [f"JOUST_SUBMISSION={SUBMISSION_DIRECTORY}", f"JOUST_SCORE={SCORE_PATH}", "HOME=/tmp"],
        "Hostname": "judge",
        "AttachStdin": False,
        "OpenStdin": False,
        "Tty": False,
        # An image's own check would run beside its command, every so often, and could write the score too.
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": confined(
            bounds,
            mounts_of(run, is_judge=True),
            runtime=confinement.runtime,
            network=confinement.network if with_network else None,
            capabilities=("SETUID", "SETGID", "KILL"),
            declared_volumes=declared_volumes,
        ),
    }


def keeper_config(
    image: str, command: str, labels: Mapping[str, str], mounts: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The container that keeps volumes mounted, or through which one is filled (see ``keeper.py``)."""
    return {
        "Image": image,
        "Cmd": [command],
        "Labels": dict(labels),
        "User": "0:0",
        "HostConfig": {
            "NetworkMode": "none",
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "PidsLimit": 8,
            "Mounts": list(mounts),
            "LogConfig": {"Type": "none"},
            "RestartPolicy": {"Name": "no"},
        },
    }


def read_score(content: bytes) -> ContainerScore:
    """What the container says of the submission. Raises ``BadScore``."""
    try:
        score = ContainerScore.model_validate_json(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        said = "; ".join(f"{_place(each['loc'])}: {each['msg']}"[:200] for each in found[:_SHOWN_ERRORS])
        raise BadScore(f"{SCORE_PATH} is not as its schema has it ({said}).") from None
    json.loads(content, object_pairs_hook=_check_names)
    return score


def _place(location: Sequence[int | str]) -> str:
    return printable(".".join(map(str, location))) or "the file"


def _check_names(pairs: Sequence[tuple[str, object]]) -> None:
    # Of two the last would count, so that work which gets its words into a score that is put together as text
    # could add its own.
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise BadScore(
                f"{SCORE_PATH} is not as its schema has it ({printable(name)}: stands twice in one object)."
            )
        seen.add(name)


def check_file(*, is_regular: bool, size_bytes: int) -> None:
    """Raises ``BadScore`` unless it is a plain file of a size that is read."""
    if not is_regular:
        raise BadScore(NO_PLAIN_FILE)
    if size_bytes > MAX_SCORE_BYTES:
        raise BadScore(f"{SCORE_PATH} has {size_bytes} bytes; {MAX_SCORE_BYTES} are allowed.")


def problem_of(ended: Ended, memory_mb: int) -> str | None:
    """Why the container's end is a failure, ``None`` if it ended as it should."""
    if ended.was_out_of_memory:
        return (
            f"The task's evaluation container used more than its {memory_mb} MB of memory (eval_memory_mb)"
            f" and was killed (exit code {ended.exit_code})."
        )
    if ended.exit_code == _KILLED:
        return (
            "The task's evaluation container was killed (exit code 137), which mostly means that it ran out"
            f" of its {memory_mb} MB of memory (eval_memory_mb)."
        )
    if ended.exit_code != 0:
        return f"The task's evaluation container failed with exit code {ended.exit_code}."
    return None


def not_started(words: str) -> str:
    """Why a container did not begin, in the engine's own words, of which the first line is told: not where on
    its machine the engine keeps what it has."""
    line = words.strip().splitlines()[0] if words.strip() else "no reason was given"
    told = _ENGINES_PATH.sub("(a path of the engine)", line)[:_SHOWN_OF_THE_ENGINE]
    return f"The task's evaluation container could not be started: {told}"


def user_id_in(users: bytes, name: str) -> int:
    """The id of the user of that name in an ``/etc/passwd``; root's if it is not there."""
    for line in users.decode(errors="replace").splitlines():
        fields = line.split(":")
        if len(fields) > 2 and fields[0] == name and fields[2].isdecimal():
            return min(int(fields[2]), 2**31 - 1)
    return 0
