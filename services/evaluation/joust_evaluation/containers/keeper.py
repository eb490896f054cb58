"""The keeper: a container that does nothing, and thereby keeps an evaluation's volumes mounted.

What a judge writes goes to a file system in memory, the only kind whose size every engine can bound. It is
gone with the last container that has it mounted, so the keeper stays until the score is read. It also takes
the submission in, because the judge's own container is read-only. Nothing of a poster or an agent runs in it.
"""

import io
import struct
import tarfile

from joust_evaluation.containers.engine import Engine
from joust_evaluation.containers.errors import NoSuchThing

IMAGE = "joust-keeper:1"
COMMAND = "/keep"

_BASE = 0x400000
_ELF_HEADER_BYTES = 64
_PROGRAM_HEADER_BYTES = 56
_MACHINES = {
    # pause(2) for ever: mov eax, 34; syscall; jmp back
    "amd64": (62, "b822000000 0f05 ebf7"),
    # ppoll(0, 0, 0, 0, 0) for ever: x0 to x4 = 0; x8 = 73; svc 0; b back
    "arm64": (183, "000080d2 010080d2 020080d2 030080d2 040080d2 280980d2 010000d4 f9ffff17"),
}


async def provide(engine: Engine) -> None:
    """Have the image in the engine."""
    try:
        await engine.image(IMAGE)
    except NoSuchThing:
        await engine.import_image(IMAGE, image_for(await engine.architecture()))


def image_for(architecture: str) -> bytes:
    """The image's only layer, a tar, for an engine of Docker's ``architecture``. Raises ``ValueError``."""
    if architecture not in _MACHINES:
        raise ValueError(f"containers are judged on {' and '.join(_MACHINES)}; this engine is {architecture}")
    machine, code = _MACHINES[architecture]
    program = _executable(machine, bytes.fromhex(code))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as layer:
        entry = tarfile.TarInfo(COMMAND.removeprefix("/"))
        entry.size, entry.mode = len(program), 0o555
        layer.addfile(entry, io.BytesIO(program))
    return packed.getvalue()


def _executable(machine: int, code: bytes) -> bytes:
    """An ELF file with one segment (System V ABI, chapter 4)."""
    headers = _ELF_HEADER_BYTES + _PROGRAM_HEADER_BYTES
    size = headers + len(code)
    elf = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH",
        *(2, machine, 1, _BASE + headers, _ELF_HEADER_BYTES, 0, 0),
        *(_ELF_HEADER_BYTES, _PROGRAM_HEADER_BYTES, 1, 64, 0, 0),
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return elf + segment + code
