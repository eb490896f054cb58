"""Which port each process gets: the fixed one, the one of last time, or a free one."""

import json
import random
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

from joust_embedded.errors import StackError
from joust_embedded.settings import PARTS, EmbeddedSettings

INNER_PORTS = (
    "kafka_controller",
    "s3_master",
    "s3_master_grpc",
    "s3_volume",
    "s3_volume_grpc",
    "s3_filer",
    "s3_filer_grpc",
    "s3_grpc",
    "s3_admin",
)
# `weed mini` dials its admin server at the HTTP port + 10000 whatever -admin.port.grpc says.
ADMIN_GRPC_OFFSET = 10_000
# Below the range that the kernel hands out for outgoing connections (32768 on Linux), also with the
# offset added: otherwise a connection of anybody's could sit on the port of a service that restarts.
_RANGE = range(15_000, 22_500)


Claim = Callable[[int], bool]
"""Takes a free port before somebody else does; False when that is too late."""


def _unclaimed(_port: int) -> bool:
    return True


def choose(settings: EmbeddedSettings, file: Path, claim: Claim = _unclaimed) -> dict[str, int]:
    """Port by name for every service and part; remembers the choice in ``file``.

    ``claim`` keeps other stacks from choosing the same before anybody listens there. Raises StackError when
    a fixed port is taken.
    """
    chosen: dict[str, int] = {}
    last = _remembered(file)
    for name in (*settings.processes, *PARTS, *INNER_PORTS):
        fixed = settings.fixed_port(name)
        if fixed:
            chosen[name] = _checked(settings.host, name, fixed, chosen.values(), claim)
    for name in (*settings.processes, *PARTS, *INNER_PORTS):
        if name not in chosen:
            chosen[name] = _free(settings.host, name, last.get(name, 0), chosen.values(), claim)
    file.write_text(json.dumps(chosen, indent=1))
    return chosen


def any_free(host: str, count: int) -> list[int]:
    """Free ports for something short-lived."""
    chosen: list[int] = []
    while len(chosen) < count:
        chosen.append(_free(host, "", 0, chosen, _unclaimed))
    return chosen


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As the servers do: connections of an earlier run that linger don't make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def _checked(host: str, name: str, port: int, taken: Iterable[int], claim: Claim) -> int:
    if port in taken or not is_free(host, port) or not claim(port):
        option = "--gateway-port or " if name == "gateway" else ""
        raise StackError(
            f"Port {port} for {name} is already in use on {host}. Stop what listens there, or choose another "
            f"with {option}JOUST_EMBEDDED_{name.upper()}_PORT (0: any free port)."
        )
    return port


def _free(host: str, name: str, last: int, taken: Iterable[int], claim: Claim) -> int:
    reserved = set(taken)
    for candidate in (last, *random.sample(_RANGE, k=len(_RANGE))):
        offsets = (0, ADMIN_GRPC_OFFSET) if name == "s3_admin" else (0,)
        if not candidate or candidate in reserved:
            continue
        if all(is_free(host, candidate + offset) for offset in offsets) and claim(candidate):
            return candidate
    raise StackError(f"No free port was found on {host} between {_RANGE.start} and {_RANGE.stop}.")


def _remembered(file: Path) -> dict[str, int]:
    try:
        return {str(name): int(port) for name, port in json.loads(file.read_text()).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
