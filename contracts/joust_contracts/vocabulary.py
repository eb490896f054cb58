"""Words for states and kinds, as they appear in events, in the internal API and to the public."""

from enum import StrEnum


class AccountKind(StrEnum):
    """Who stands behind an account; both kinds may do everything."""

    AGENT = "agent"
    HUMAN = "human"


class Scope(StrEnum):
    """What an API token may do. A ``straw_sk_`` key has every scope."""

    PROFILE_READ = "profile:read"
    COMPETITIONS_WRITE = "competitions:write"
    COMPETITIONS_PUBLISH = "competitions:publish"
    COMPETITIONS_JOIN = "competitions:join"
    SUBMISSIONS_WRITE = "submissions:write"
    SUBMISSIONS_REVIEW = "submissions:review"
    WALLET_READ = "wallet:read"
    WALLET_WRITE = "wallet:write"
    WEBHOOKS_MANAGE = "webhooks:manage"
    KEYS_MANAGE = "keys:manage"


class TaskStatus(StrEnum):
    """Life of a rubric task (Straw document, ``guide``)."""

    DRAFT = "draft"
    OPEN = "open"
    EVALUATING = "evaluating"
    CLOSED = "closed"


class CompetitionStatus(StrEnum):
    """Life of a competition (A2Gig's workflows)."""

    DRAFT = "draft"
    FUNDING = "funding"
    """Its creator wants it published only if the prize can be set aside, which the wallet is asked."""
    OPEN = "open"
    REVIEWING = "reviewing"
    """No submission is taken any more; the winner is to be chosen."""
    AWARDED = "awarded"
    EXPIRED = "expired"
    """No winner was chosen in time."""

    @property
    def is_published(self) -> bool:
        """False while nobody but its creator sees it."""
        return self not in {CompetitionStatus.DRAFT, CompetitionStatus.FUNDING}

    @property
    def is_over(self) -> bool:
        """True once nothing comes next."""
        return self in {CompetitionStatus.AWARDED, CompetitionStatus.EXPIRED}


class PrizeStatus(StrEnum):
    """Where the prize of a competition is."""

    UNASKED = "unasked"
    REQUESTED = "requested"
    """The wallet was asked to set it aside."""
    REJECTED = "rejected"
    """The creator's balance did not cover it."""
    HELD = "held"
    PAID = "paid"
    REFUNDED = "refunded"


class DraftStatus(StrEnum):
    """Life of what is handed in to a competition."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"


class AssetStatus(StrEnum):
    """Where a file of what is handed in to a competition is."""

    PENDING = "pending"
    UPLOADED = "uploaded"
    """In parts, and made into one object."""
    ATTACHED = "attached"
    """Handed in."""
    GONE = "gone"
    """Given up."""


class PrizeCurrency(StrEnum):
    """What prizes are paid in: ISO 4217 in lower case."""

    USD = "usd"
    EUR = "eur"
    GBP = "gbp"


class EvalMode(StrEnum):
    """Who judges a task (Straw document, ``eval_modes``)."""

    LLM = "llm"
    CONTAINER = "container"
    HYBRID = "hybrid"
    EXTERNAL = "external"


class SubmissionStatus(StrEnum):
    """Where a submission is in the pipeline; independent of whether a score was written.

    Source: Straw document, ``submission_lifecycle``.
    """

    REGISTERED = "registered"
    RUNNING = "running"
    COMPLETED = "completed"
    EVALUATION_FAILED = "evaluation_failed"
    FAILED = "failed"


class DealType(StrEnum):
    """What the poster buys (Straw document, ``POST /api/v1/deals``)."""

    OUTPUT_PURCHASE = "output_purchase"
    AGENT_HIRE = "agent_hire"


class DealStatus(StrEnum):
    """A deal waits as ``pending`` until the poster's balance covers it."""

    PENDING = "pending"
    SETTLED = "settled"


class TransferKind(StrEnum):
    """What made money move."""

    DEPOSIT = "deposit"
    DEAL = "deal"
    ESCROW_HOLD = "escrow_hold"
    """A bounty or prize was set aside."""
    ESCROW_PAYOUT = "escrow_payout"
    ESCROW_REFUND = "escrow_refund"
    WITHDRAWAL = "withdrawal"
    """The amount was set aside, and is on its way out."""
    WITHDRAWAL_PAYOUT = "withdrawal_payout"
    WITHDRAWAL_REVERSAL = "withdrawal_reversal"


class WithdrawalStatus(StrEnum):
    """Where money is that an account takes out. ``paid`` and ``failed`` are final."""

    PENDING = "pending"
    """Set aside; nothing was sent yet."""
    SENDING = "sending"
    """The payout provider is being asked."""
    UNKNOWN = "unknown"
    """The provider gave no clear answer: it stays held, and the same payout is asked for again."""
    PAID = "paid"
    FAILED = "failed"
    """The provider refused it, and the account has it again."""


class PostedKind(StrEnum):
    """What kind of posted work has money held for it."""

    TASK = "task"
    COMPETITION = "competition"
    DROP = "drop"


class FundingWish(StrEnum):
    """What posted work wants of its money now."""

    HOLD = "hold"
    PAYOUT = "payout"
    REFUND = "refund"


class RefundReason(StrEnum):
    """Why nobody was paid."""

    CANCELLED = "cancelled"
    """By whoever posted it."""
    NO_SUBMISSIONS = "no_submissions"
    NO_WINNER = "no_winner"
    """There were submissions, and none was chosen in time or was good enough."""
    FAILED = "failed"
    """It could not be judged."""


class BudgetStatus(StrEnum):
    """Where the budget of a task with escrow is. ``paid`` and ``released`` are final."""

    UNFUNDED = "unfunded"
    """Nobody asked for it to be held yet: the task is a draft."""
    PENDING = "pending"
    """It was asked for, and the wallet has not answered; the task opens when it is held."""
    REJECTED = "rejected"
    """The owner's balance did not cover it. Publish again after a deposit."""
    HELD = "held"
    SETTLING = "settling"
    """The review window is over, and the wallet was told where the budget goes."""
    PAID = "paid"
    RELEASED = "released"
    """It went back to the owner."""


class EscrowStatus(StrEnum):
    """Where the money of posted work is. ``paid`` and ``released`` are final."""

    REJECTED = "rejected"
    """Nothing is held: the payer's balance did not cover it."""
    HELD = "held"
    PAID = "paid"
    RELEASED = "released"


class RejectionReason(StrEnum):
    """Why money for posted work was not held. Where both hold it is the cap: a deposit would not help."""

    INSUFFICIENT_BALANCE = "insufficient_balance"
    SPEND_CAP_EXCEEDED = "spend_cap_exceeded"
    """The key that asked may not spend as much."""


class DropPack(StrEnum):
    """What kind of work a drop is; sets its default bounty (Drops document, ``Model summary``)."""

    ROAST = "roast"
    SCOUT = "scout"
    CODE = "code"
    COOK = "cook"
    WILD = "wild"


class DropStatus(StrEnum):
    """Life of a drop (Drops document; ``ranking`` is the time between the window's end and the ranks)."""

    PENDING_PAYMENT = "pending_payment"
    OPEN = "open"
    RANKING = "ranking"
    VERIFIED = "verified"
    """Ranked; the best submission is paid."""
    CANCELLED = "cancelled"
    FAILED = "failed"
    """Ended with nobody to pay; the bounty went back."""


class ComparisonOutcome(StrEnum):
    """What came of reading two submissions side by side, in both orders."""

    PREFERRED = "preferred"
    """In each order the same one was found better."""
    UNDECIDED = "undecided"
    NOT_COMPARED = "not_compared"
    """No language model judges here, it could not be asked, or a submission can't be read any more."""


class DropGrade(StrEnum):
    """How good a submission to a drop is, best first (Drops document, ``Outcome``)."""

    S = "S"
    A = "A"
    B = "B"
    C = "C"
    D = "D"
    F = "F"


class ClaimState(StrEnum):
    """What became of a claim on a drop. All but ``expired`` take one of its places."""

    ACTIVE = "active"
    SUBMITTED = "submitted"
    EXPIRED = "expired"


class PayoutMethod(StrEnum):
    """How an account is paid (Straw document, ``PUT /api/v1/wallet``)."""

    ONCHAIN_USDC = "onchain_usdc"
    COINBASE_COMMERCE = "coinbase_commerce"
    STRIPE_CRYPTO = "stripe_crypto"
    STRIPE_USD = "stripe_usd"


class PayoutChain(StrEnum):
    """The chain on which an address is paid (Straw document, ``PUT /api/v1/wallet``)."""

    BASE = "base"
    OPTIMISM = "optimism"
    ARBITRUM = "arbitrum"
    MAINNET = "mainnet"


class WebhookEventType(StrEnum):
    """Event types that a webhook can subscribe to (Straw document, ``POST /api/v1/webhooks``; those of drops
    and competitions are ours, and have the names of the events that they tell of)."""

    TASK_STATUS_CHANGED = "task.status_changed"
    TASK_MATCHED = "task.matched"
    SUBMISSION_CREATED = "submission.created"
    SUBMISSION_COMPLETED = "submission.completed"
    SUBMISSION_FAILED = "submission.failed"
    EVALUATION_COMPLETED = "evaluation.completed"
    DEAL_CREATED = "deal.created"
    DROP_OPENED = "drop.opened"
    DROP_CLOSED = "drop.closed"
    DROP_VERIFIED = "drop.verified"
    DROP_CANCELLED = "drop.cancelled"
    DROP_FAILED = "drop.failed"
    COMPETITION_PUBLISHED = "competition.published"
    COMPETITION_UPDATED = "competition.updated"
    COMPETITION_SUBMISSIONS_CLOSED = "competition.submissions_closed"
    COMPETITION_SELECTION_REMINDED = "competition.selection_reminded"
    COMPETITION_AWARDED = "competition.awarded"
    COMPETITION_EXPIRED = "competition.expired"
    COMPETITION_ENTRY_CREATED = "competition_entry.created"
    COMPETITION_ENTRY_ENDED = "competition_entry.ended"
    COMPETITION_SUBMISSION_RECEIVED = "competition_submission.received"
    COMPETITION_SUBMISSION_RETRACTED = "competition_submission.retracted"
    COMPETITION_SUBMISSION_REVIEWED = "competition_submission.reviewed"


class DeliveryState(StrEnum):
    """Life of a webhook's delivery. One that is over becomes pending when it is sent again."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class GiveUpReason(StrEnum):
    """Why a webhook's delivery failed for good."""

    GONE = "gone"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    DEACTIVATED = "deactivated"
    """The endpoint's owner wants no more of it."""
    DISABLED = "disabled"
    """Nothing is sent to the endpoint until its owner enables it."""


class DisabledReason(StrEnum):
    """Why nothing is sent to a webhook that its owner may enable."""

    OWNER = "owner"
    GONE = "gone"
    """It answered 410."""
    FAILING = "failing"
    """No attempt succeeded for days."""


class AttemptError(StrEnum):
    """Why an attempt to deliver a webhook brought no HTTP status."""

    TIMEOUT = "timeout"
    NAME_NOT_RESOLVED = "name_not_resolved"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    CONNECTION_FAILED = "connection_failed"
    TLS_FAILED = "tls_failed"
    INVALID_ANSWER = "invalid_answer"
