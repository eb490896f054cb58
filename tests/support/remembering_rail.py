"""Runs a service; the wallet with a payout provider that remembers in files what it was asked and what it sent.

``python remembering_rail.py -m joust_wallet serve`` is ``python -m joust_wallet serve`` with that provider in the
place of the one that sends nothing. While there is a file ``silent`` it says nothing.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from unittest import mock

from joust_contracts.vocabulary import PayoutMethod
from joust_wallet.payouts.rules import Payout
from joust_wallet.withdrawals.providers import Outcome, Paid, PayoutOrder, Sent

VARIABLE = "JOUST_TEST_RAIL"


class RememberingRail:
    """A provider whose memory lies in a folder: a file for each payout, another line for each time it is asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, order: PayoutOrder) -> Outcome:
        """Sent once under each key."""
        with (self._folder / f"{order.idempotency_key}.asked").open("a") as asked:
            asked.write(f"{datetime.now(UTC).isoformat()}\n")
        if (self._folder / "silent").exists():
            raise ConnectionResetError
        try:
            with (self._folder / f"{order.idempotency_key}.json").open("x") as sent:
                json.dump(asdict(order), sent)
        except FileExistsError:
            pass
        return Paid(f"ref_{order.idempotency_key}")

    async def sent_since(self, moment: datetime) -> Sequence[Sent]:
        """All since then."""
        return [
            Sent(_order(file), f"ref_{file.stem}")
            for file in self._folder.glob("*.json")
            if file.stat().st_mtime >= moment.timestamp()
        ]

    def times_asked(self, key: str) -> int:
        """How often it was asked for one payout."""
        return len((self._folder / f"{key}.asked").read_text().splitlines())


def _order(file: Path) -> PayoutOrder:
    known = json.loads(file.read_text())
    to = known.pop("destination")
    return PayoutOrder(
        **known, destination=Payout(PayoutMethod(to["method"]), to["address"], to.get("chain"))
    )


if __name__ == "__main__":
    module = sys.argv[2]
    if module == "joust_wallet":
        rail = RememberingRail(Path(os.environ[VARIABLE]))
        mock.patch("joust_wallet.bootstrap.TestProvider", return_value=rail).start()
    import_module(f"{module}.app").cli(sys.argv[3:])
