"""What may go wrong in a run, and how often: drawn from its seed, so that runs differ in kind."""

import random
from dataclasses import dataclass, field


@dataclass
class Faults:
    """Probabilities; ``calm()`` ends all faults, so that the world can come to rest."""

    chance: random.Random = field(repr=False)
    crash: float = 0
    """Of a service, at each step."""
    max_crashes: int = 0
    stall: float = 0
    """Of a connection or a whole service, at each step."""
    delay: float = 0
    """Of a partition for one group, at each look for messages."""
    rewind: float = 0
    """Of a group's partition to an earlier offset, at each look for messages."""
    again: float = 0
    """Of one old message that comes again alone, at each batch of messages."""
    send: float = 0
    """Of messages that are stored and not acknowledged, or neither."""
    answer: float = 0
    """Of an HTTP answer that is lost on its way back."""
    judge: float = 0
    store: float = 0
    webhook: float = 0

    @classmethod
    def of(cls, chance: random.Random) -> "Faults":
        """Some seeds are quiet, some have one kind of fault, most have several."""

        def maybe(*values: float) -> float:
            return chance.choice((0, *values))

        return cls(
            chance,
            crash=maybe(1 / 400, 1 / 150, 1 / 60),
            max_crashes=chance.randint(1, 6),
            stall=maybe(1 / 200, 1 / 50),
            delay=maybe(1 / 20, 1 / 6),
            rewind=maybe(1 / 20, 1 / 6),
            send=maybe(1 / 20, 1 / 6),
            answer=maybe(1 / 40, 1 / 12),
            judge=maybe(1 / 5, 1 / 2),
            store=maybe(1 / 10, 1 / 4),
            webhook=maybe(1 / 8, 1 / 3),
            again=maybe(1 / 20, 1 / 6),
        )

    def calm(self) -> None:
        """No faults from now on."""
        self.crash = self.stall = self.delay = self.rewind = self.again = self.send = 0
        self.answer = self.judge = self.store = self.webhook = 0

    def hit(self, probability: float) -> bool:
        """True if a fault of this probability happens now."""
        return probability > 0 and self.chance.random() < probability

    def seconds(self, shortest: float, longest: float) -> float:
        """A length of time; short ones are as likely as long ones are."""
        return float(shortest * (longest / shortest) ** self.chance.random())
