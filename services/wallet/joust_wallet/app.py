"""The service's command line."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from joust_kit.cli import service_cli
from joust_wallet.auditor import find_all_violations, one_snapshot
from joust_wallet.bootstrap import create_service
from joust_wallet.ledger import verification
from joust_wallet.settings import WalletSettings

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
