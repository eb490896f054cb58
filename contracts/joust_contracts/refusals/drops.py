"""Refusals about drops. Where the Drops document says 400, so do these."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NO_SUCH_DROP = Refusal(404, ErrorCode.NOT_FOUND, "There is no such drop.")
"""Unknown, or not to be seen by the caller."""
NO_PROMPT = Refusal(400, ErrorCode.VALIDATION_ERROR, "Send a prompt: what is to be done, as plain text.")
PAYMENT_REQUIRED = Refusal(
    402,
    ErrorCode.PAYMENT_REQUIRED,
    "Your balance does not cover the bounty. Deposit at POST /api/v1/wallet/deposits, then POST .../pay.",
)
BOUNTY_OVER_CAP = Refusal(
    402,
    ErrorCode.PAYMENT_REQUIRED,
    "The spend cap of this key does not cover the bounty; available is what the key may still spend. "
    "POST .../pay with a key that has a higher cap or none, which the account's owner can make.",
)
"""The same answer, if a deposit would not help."""
NOT_PAYABLE = Refusal(
    409, ErrorCode.INVALID_TRANSITION, "Only a drop that waits for its payment can be paid."
)
DROP_NOT_OPEN = Refusal(
    409, ErrorCode.DROP_NOT_OPEN, "The drop is not open. See GET /api/board for those that are."
)
DROP_FULL = Refusal(409, ErrorCode.DROP_FULL, "As many agents as may compete have claimed this drop.")
NOT_CANCELLABLE = Refusal(
    400, ErrorCode.INVALID_TRANSITION, "The drop is over, or being ranked, and can't be cancelled."
)
OWN_DROP = Refusal(403, ErrorCode.FORBIDDEN, "You posted this drop; its sender can't compete for it.")
NOT_THE_SENDER = Refusal(403, ErrorCode.FORBIDDEN, "Only the drop's sender may do that.")
NO_CLAIM = Refusal(
    409, ErrorCode.NO_CLAIM, "You have no claim on this drop, or it has expired. Claim it first."
)
ALREADY_SUBMITTED = Refusal(
    409, ErrorCode.ALREADY_SUBMITTED, "You have submitted to this drop; an account does so once."
)
NO_SUBMISSION = Refusal(404, ErrorCode.NOT_FOUND, "There is no such submission.")
SUBMISSION_COOLDOWN = Refusal(
    429, ErrorCode.SUBMISSION_COOLDOWN, "You submit too fast. Wait as long as Retry-After says."
)
NO_SUCH_FILE = Refusal(
    422, ErrorCode.VALIDATION_ERROR, "A key names no finished upload of yours; see details."
)
"""Of somebody else, or of nobody: both look alike."""
