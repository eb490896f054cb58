"""The auditor at work: proves for as long as the service runs that no cent is lost, and alarms if one is.

Every few seconds it reads the newest postings and all balances, which stays quick however old the ledger is;
now and then it reads everything. Each process looks at the newest, so that each has a metric of its own; one
at a time reads everything. An audit only reads, and waits for nobody.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from joust_kit.database.connections import open_engine
from joust_kit.database.database import Database
from joust_kit.observability.logging import get_logger
from joust_wallet.deals import audit as deals
from joust_wallet.escrows import audit as escrows
from joust_wallet.ledger import audit as ledger
from joust_wallet.ledger.audit import Violation
from joust_wallet.settings import WalletSettings
from joust_wallet.withdrawals import audit as withdrawals

log = get_logger(__name__)

VIOLATIONS = Gauge("joust_ledger_violations", "What the last audit found wrong; anything but 0.", ["audit"])
AUDITED_AT = Gauge("joust_ledger_audited_timestamp_seconds", "When the last audit was done.", ["audit"])

_LOGGED_AT_ONCE = 20
"""A broken ledger may break thousands of rules; the first ones show where to look."""


class Auditor:
    """Audits one wallet's ledger. Run it as a background loop."""

    def __init__(self, database: Database, settings: WalletSettings) -> None:
        self._database = database
        self._settings = settings
        self._everything_at = 0.0

    async def run(self) -> None:
        """Audit until cancelled; raises when the database can't be asked."""
        while True:
            await self.audit_newest()
            if time.monotonic() >= self._everything_at:
                await self.audit_everything()
                self._everything_at = time.monotonic() + self._settings.audit_everything_interval_seconds
            await asyncio.sleep(self._settings.audit_interval_seconds)

    async def audit_newest(self) -> list[Violation]:
        """Look at the newest postings and all balances."""
        async with self._database.reading() as session:
            found = await ledger.find_recent_violations(session, newest=self._settings.audit_newest_postings)
        return _tell("newest", found)

    async def audit_everything(self) -> list[Violation] | None:
        """Look at the whole ledger and all that it pays for; ``None`` if another process does so now."""
        async with one_snapshot(self._settings) as session:
            if not await ledger.is_the_auditor(session):
                return None
            found = await find_all_violations(session)
        return _tell("everything", found)


@asynccontextmanager
async def one_snapshot(settings: WalletSettings) -> AsyncIterator[AsyncSession]:
    """A session that sees everything as it is now, with time to read it, and changes nothing."""
    patient = settings.model_copy(
        update={"database_statement_timeout_seconds": settings.audit_timeout_seconds}
    )
    engine = open_engine(patient, application_name="joust-wallet-audit", pool_size=1, max_overflow=0)
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        async with AsyncSession(snapshot) as session, session.begin():
            yield session
    finally:
        await engine.dispose()


async def find_all_violations(session: AsyncSession) -> list[Violation]:
    """All that is wrong with the ledger or with what it pays for; reads everything."""
    found: list[Violation] = []
    for part in (ledger, deals, escrows, withdrawals):
        found += await part.find_violations(session)
    return found


def _tell(audit: str, found: list[Violation]) -> list[Violation]:
    VIOLATIONS.labels(audit).set(len(found))
    AUDITED_AT.labels(audit).set_to_current_time()
    for each in found[:_LOGGED_AT_ONCE]:
        log.critical("the ledger is wrong", audit=audit, **vars(each))
    return found
