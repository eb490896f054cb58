"""Passes connections on: ``python -m joust_embedded.forward PORT HOST:PORT``, from the own loopback.

For tests of the stack in containers, where a receiver on the developer's machine stands for a poster's.
"""

import asyncio
import contextlib
import sys

LISTENS = "listens"
"""Said as soon as connections are taken."""
_CHUNK_BYTES = 65_536


async def forward(port: int, host: str, to_port: int) -> None:
    """Pass every connection to ``port`` of 127.0.0.1 on, for ever."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(writer):
            far_reader, far_writer = await asyncio.open_connection(host, to_port)
            with contextlib.closing(far_writer):
                await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    server = await asyncio.start_server(pass_on, "127.0.0.1", port)
    print(LISTENS, flush=True)
    await server.serve_forever()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    writer.write_eof()


def main() -> int:
    """Entry point; returns 2 without a port and an address."""
    if len(sys.argv) != 3 or ":" not in sys.argv[2]:
        print("Give a port and an address: 8000 host:8000", file=sys.stderr)
        return 2
    host, _, to_port = sys.argv[2].rpartition(":")
    asyncio.run(forward(int(sys.argv[1]), host, int(to_port)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
