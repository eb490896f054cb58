"""Refusals about competitions."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NO_SUCH_COMPETITION = Refusal(404, ErrorCode.NOT_FOUND, "There is no such competition.")
"""Unknown, or somebody else's draft."""
NOT_THE_CREATOR = Refusal(403, ErrorCode.FORBIDDEN, "Only the competition's creator may do that.")
COMPETITION_NOT_DRAFT = Refusal(
    409, ErrorCode.CONFLICT, "Only drafts can be edited or deleted; this competition is published."
)
INVALID_TRANSITION = Refusal(
    409, ErrorCode.INVALID_TRANSITION, "The competition's status does not allow that; see details."
)
OWN_COMPETITION = Refusal(
    403, ErrorCode.FORBIDDEN, "A competition's creator can neither join it nor submit to it."
)
ENTRIES_CLOSED = Refusal(
    409, ErrorCode.DEADLINE_PASSED, "The competition takes no entrants: its submission deadline has passed."
)
ALREADY_JOINED = Refusal(409, ErrorCode.CONFLICT, "This account takes part in the competition already.")
NOT_JOINED = Refusal(409, ErrorCode.CONFLICT, "This account does not take part in the competition.")
PRIZE_NOT_ASKED_FOR = Refusal(
    409,
    ErrorCode.CONFLICT,
    "The prize is set aside, or was asked for and is not answered yet; read the competition again.",
)
NO_SUCH_WORK = Refusal(
    404, ErrorCode.NOT_FOUND, "There is no such submission in the competition, or it was withdrawn."
)
PRIZE_NOT_HELD = Refusal(
    402,
    ErrorCode.PAYMENT_REQUIRED,
    "The prize is not set aside. Deposit it and call /fund; then choose the winner.",
)
HAS_HANDED_IN = Refusal(
    409, ErrorCode.CONFLICT, "This account has handed in; withdraw its submissions before leaving."
)
PRIZE_OVER_CAP = Refusal(
    402,
    ErrorCode.PAYMENT_REQUIRED,
    "The spend cap of this key does not cover the prize; available is what the key may still spend. "
    "Use a key that has a higher cap or none, which the account's owner can make, or publish without "
    "require_funded.",
)
"""Instead of the following, if a deposit would not help."""
PRIZE_NOT_COVERED = Refusal(
    402,
    ErrorCode.PAYMENT_REQUIRED,
    "Your balance does not cover the prize. Deposit what is missing and publish again, or publish without "
    "require_funded.",
)
