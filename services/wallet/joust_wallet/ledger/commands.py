"""Moving money. Everything runs in the caller's transaction, which the edge commits.

A transaction opens one book, with every transfer that it may make: accounts are locked once, in the order
of their ids, so that transactions never deadlock. Locks of owners (``hold_owner``) come before the book,
one for each transaction.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from joust_kit.database.failures import sqlstate
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint
from joust_wallet.ledger import repository
from joust_wallet.ledger.book import Book
from joust_wallet.ledger.errors import TransferConflict
from joust_wallet.ledger.rules import Transfer

_UNIQUE_VIOLATION = "23505"


async def hold_owner(unit: UnitOfWork, owner_id: UUID) -> None:
    """Wait for, then keep out, other transactions that decide on the owner's waiting payments."""
    await repository.lock_owner(unit.session, owner_id)


async def open_book(unit: UnitOfWork, transfers: Sequence[Transfer]) -> Book:
    """Lock all accounts of ``transfers``, any of which may then be entered."""
    accounts = [entry.account for transfer in transfers for entry in transfer.entries]
    return await repository.open_book(unit.session, accounts, [each.idempotency_key for each in transfers])


async def write_book(unit: UnitOfWork, book: Book) -> None:
    """Write what was entered. Raises ``TransferConflict`` if a key was taken meanwhile."""
    if not book.entered:
        return
    if __debug__:
        failpoint("after_accounts_locked_before_transfer")
    try:
        await repository.write_book(unit.session, book, unit.now)
    except IntegrityError as error:
        # The same transfer has the same accounts and so waited for our locks: this one is another.
        if sqlstate(error) == _UNIQUE_VIOLATION and "uq_transfers_idempotency_key" in str(error.orig):
            raise TransferConflict() from error
        raise
    if __debug__:
        failpoint("after_transfer_before_commit")


async def post(unit: UnitOfWork, transfer: Transfer) -> UUID:
    """Make one transfer; returns its id, that of the first if the same was made before.

    Raises ``InsufficientFunds``, decided under the accounts' locks, or ``TransferConflict``.
    """
    book = await open_book(unit, [transfer])
    transfer_id = book.enter(transfer, unit.new_id())
    await write_book(unit, book)
    return transfer_id
