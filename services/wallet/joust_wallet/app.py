"""The service's command line."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from joust_kit.cli import service_cli
from joust_kit.errors import JoustError
from joust_kit.service import Runtime
from joust_wallet.auditor import find_all_violations, one_snapshot
from joust_wallet.bootstrap import choose_payout_provider, create_service
from joust_wallet.ledger import verification
from joust_wallet.settings import WalletSettings
from joust_wallet.withdrawals.reconciling import adopt

cli = service_cli(create_service)


@cli.command()
def verify(
    since: Annotated[Path | None, typer.Option(help="Heads that an earlier run wrote.")] = None,
    heads: Annotated[Path | None, typer.Option(help="Where to write the heads, for a later run.")] = None,
) -> None:
    """Compute the journal's hashes anew, and audit the ledger; fails with all that is wrong.

    Keep the heads where nobody who can write to the database can write.
    """
    earlier = None if since is None else verification.read(since.read_text().splitlines())

    async def go() -> verification.Verification:
        async with one_snapshot(WalletSettings()) as session:
            done = await verification.verify_journal(session, earlier)
            done.found += await find_all_violations(session)
            return done

    done = asyncio.run(go())
    for each in done.found:
        typer.echo(f"{each.rule}\t{each.subject}\t{each.detail}", err=True)
    if done.found:
        raise typer.Exit(1)
    if heads is not None:
        heads.write_text("".join(f"{line}\n" for line in verification.written(done.heads)))
    typer.echo(f"verified {done.lines} lines of {len(done.heads)} accounts")


@cli.command("adopt-payout")
def adopt_payout(
    payout_id: Annotated[UUID, typer.Argument(help="As ``reconcile`` names it.")],
    account_id: Annotated[UUID, typer.Argument(help="Whose money it was.")],
    since: Annotated[datetime, typer.Option(help="In UTC; some moment before it was sent.")],
) -> None:
    """Book a payout that the provider has sent, and of which a restored database knows nothing."""

    async def go() -> None:
        service = create_service()
        sent = await choose_payout_provider(WalletSettings()).sent_since(since.replace(tzinfo=UTC))
        found = next((each for each in sent if each.order.idempotency_key == str(payout_id)), None)
        if found is None:
            raise typer.BadParameter("the provider knows of no such payout")
        runtime = Runtime(service)
        try:
            async with runtime.database.transaction() as unit:
                await adopt(unit, found, account_id)
        finally:
            await runtime.database.close()

    try:
        asyncio.run(go())
    except JoustError as error:
        typer.echo(f"{error} {error.details}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"booked {payout_id}")
