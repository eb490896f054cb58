"""The table of fundings."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, String, UniqueConstraint
from sqlmodel import Field

from joust_contracts.events.fundings import FundingSnapshot, Payee
from joust_contracts.vocabulary import FundingWish, PostedKind, RefundReason
from joust_kit.database.columns import cents, document, one_of, word
from joust_task.base import Base
from joust_task.fundings.rules import check_wish


class Funding(Base, table=True):
    """What one subject wants of its money now; its version rises with each wish."""

    __tablename__ = "fundings"
    __table_args__ = (
        # one for each subject
        UniqueConstraint("subject_id"),
        CheckConstraint(one_of("kind", PostedKind), name="kind"),
        CheckConstraint(one_of("wanted", FundingWish), name="wanted"),
        CheckConstraint(one_of("refund_reason", RefundReason), name="refund_reason"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("(wanted = 'refund') = (refund_reason IS NOT NULL)", name="refund_has_reason"),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    subject_id: UUID
    kind: PostedKind = word(PostedKind)
    payer_id: UUID
    amount_cents: int = cents()
    currency: str = Field(sa_column=Column(String(3), nullable=False))
    wanted: FundingWish = word(FundingWish)
    payees: list[dict[str, Any]] = document()
    refund_reason: RefundReason | None = word(RefundReason, nullable=True)
    spender: dict[str, Any] | None = document(nullable=True)
    """The key with a cap that asked last."""

    def want(
        self, wish: FundingWish, *, payees: tuple[Payee, ...] = (), reason: RefundReason | None = None
    ) -> None:
        """Want something else, or the same once more. Raises ``FundingSettled``."""
        check_wish(self.wanted, wish)
        self.wanted = wish
        self.payees = [payee.model_dump(mode="json") for payee in payees]
        self.refund_reason = reason
        self.version += 1

    def snapshot(self) -> FundingSnapshot:
        """The funding as events show it."""
        return FundingSnapshot.model_validate(self.model_dump())
