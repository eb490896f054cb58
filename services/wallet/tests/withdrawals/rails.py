"""A payout provider that answers as a test says, and remembers what it sent."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from joust_wallet.withdrawals.providers import Outcome, Paid, PayoutOrder, Refused, Sent

Answer = Callable[[PayoutOrder], Outcome]


@dataclass
class Rail:
    """Pays, unless other answers are queued."""

    answers: list[Answer] = field(default_factory=list)
    asked: list[PayoutOrder] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)

    async def send(self, order: PayoutOrder) -> Outcome:
        """The next answer."""
        self.asked.append(order)
        answer = self.answers.pop(0) if self.answers else self.paid
        return answer(order)

    async def sent_since(self, moment: datetime) -> Sequence[Sent]:
        """All that was sent, however long ago."""
        orders = {order.idempotency_key: order for order in self.asked}
        return [Sent(orders[key], f"ref_{key}") for key in self.sent]

    def paid(self, order: PayoutOrder) -> Outcome:
        """Sent; what was sent under this key before is not sent again."""
        self.sent[order.idempotency_key] = 1
        return Paid(f"ref_{order.idempotency_key}")

    def lost_before(self, order: PayoutOrder) -> Outcome:
        """The connection broke before anything happened."""
        raise ConnectionResetError(order.idempotency_key)

    def lost_after(self, order: PayoutOrder) -> Outcome:
        """It was sent, and the answer was lost."""
        self.paid(order)
        raise TimeoutError

    def refused(self, order: PayoutOrder) -> Outcome:
        """Not sent, and never will be."""
        return Refused("The account is closed.")
