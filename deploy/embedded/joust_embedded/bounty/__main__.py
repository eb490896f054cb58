"""Plays the bounty on a stack that runs: ``python -m joust_embedded.bounty http://gateway:8000``."""

import asyncio
import sys

import httpx2
from rich.console import Console

from joust_embedded.bounty.client import Refused
from joust_embedded.bounty.story import BountyFailed, play


def main() -> int:
    """Entry point; returns 1 if the bounty fails, and 2 without an address."""
    if len(sys.argv) != 2:
        print("Give the address of a gateway, e.g. http://127.0.0.1:8000.", file=sys.stderr)
        return 2
    try:
        asyncio.run(play(sys.argv[1], Console(force_terminal=False, width=110)))
    except (Refused, BountyFailed, TimeoutError, httpx2.TransportError) as error:
        print(f"The bounty failed: {error or 'something took too long'}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
