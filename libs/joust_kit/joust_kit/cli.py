"""The command line of every service: ``python -m joust_<name> --help``."""

import asyncio
import gc
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
import uvicorn

from joust_kit.http.connections import bounded_protocol
from joust_kit.observability.logging import set_up_logging
from joust_kit.observability.tracing import set_up_tracing
from joust_kit.service import Runtime, Service, create_app

Create = Callable[[], Service]
_REBUILD_STATEMENT_SECONDS = 60.0
_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Python's 700 has a large body of JSON searched for garbage hundreds of times while it is read."""


def service_cli(create_service: Create) -> typer.Typer:
    """Commands for one service; settings come from the environment when a command runs."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, help="Run and look after one service.")
    _add_serve(app, create_service)
    _add_documents(app, create_service)
    _add_rebuild(app, create_service)
    _add_republish(app, create_service)
    _add_reconcile(app, create_service)
    _add_dead_letters(app, create_service)
    _add_jobs(app, create_service)
    return app


def _add_serve(app: typer.Typer, create_service: Create) -> None:
    @app.command()
    def serve() -> None:
        """Serve until SIGTERM, then finish what is in hand."""
        service = create_service()
        settings = service.settings
        set_up_tracing(service.name)
        set_up_logging(service.name, settings.log_level)
        app_served = create_app(service)
        # What has been loaded until now stays, and is never garbage: no collection looks at it again.
        gc.freeze()
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
        uvicorn.run(
            app_served,
            host=settings.host,
            port=settings.port,
            http=bounded_protocol(
                head_timeout_seconds=settings.request_head_timeout_seconds,
                taking_timeout_seconds=settings.answer_taking_timeout_seconds,
                max_connections=settings.max_connections,
                of_address=service.address_limit,
            ),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=settings.shutdown_timeout_seconds,
            server_header=False,
            proxy_headers=False,  # whose X-Forwarded-For to believe is a setting of the gateway
        )


def _add_documents(app: typer.Typer, create_service: Create) -> None:
    @app.command()
    def openapi() -> None:
        """Print the OpenAPI document."""
        typer.echo(json.dumps(create_app(create_service()).openapi(), indent=2))

    @app.command()
    def asyncapi() -> None:
        """Print the AsyncAPI document."""
        from joust_kit.messaging.asyncapi import asyncapi_document  # noqa: PLC0415 - slow import

        typer.echo(json.dumps(asyncapi_document(create_service()), indent=2))


def _add_rebuild(app: typer.Typer, create_service: Create) -> None:
    @app.command()
    def rebuild() -> None:
        """Empty the projections and refill them from the topics; the service may run meanwhile."""
        from joust_kit.messaging.rebuild import rebuild as run  # noqa: PLC0415 - imports service

        def progress(done: int, total: int) -> None:
            typer.echo(f"{done} of {total} events", err=True)

        async def go() -> int:
            runtime = Runtime(_patient(create_service()))
            try:
                return await run(runtime, progress)
            finally:
                await runtime.database.close()

        typer.echo(f"rebuilt from {asyncio.run(go())} events")


def _add_republish(app: typer.Typer, create_service: Create) -> None:
    @app.command()
    def republish() -> None:
        """Tell everything that the service owns as it is now, should the topics be lost.

        Safe to run twice and beside live traffic: readers take only what is newer than what they know.
        """
        from joust_kit.messaging import republish as anew  # noqa: PLC0415 - rarely used

        def progress(kind: str, count: int) -> None:
            typer.echo(f"{count} {kind}", err=True)

        async def go() -> int:
            service = _patient(create_service())
            runtime = Runtime(service)
            try:
                return await anew.republish(runtime.database, service.aggregates, progress)
            finally:
                await runtime.database.close()

        try:
            typer.echo(f"told {asyncio.run(go())} snapshots")
        except anew.RelayStalled as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None


def _add_reconcile(app: typer.Typer, create_service: Create) -> None:
    @app.command()
    def reconcile(
        since: Annotated[
            datetime,
            typer.Option(help="In UTC; a little before the moment that the database went back to."),
        ],
    ) -> None:
        """List what was told, heard or done since a moment and is not known, after a backup was restored.

        Changes nothing; fails if there is any difference.
        """
        from joust_kit.messaging import reconcile as sides  # noqa: PLC0415 - rarely used

        async def go() -> list[sides.Difference]:
            runtime = Runtime(_patient(create_service()))
            try:
                return await sides.reconcile(runtime, since.replace(tzinfo=UTC))
            finally:
                await runtime.database.close()

        found = asyncio.run(go())
        for each in found:
            typer.echo(f"{each.kind}\t{each.subject}\t{each.detail}")
        if found:
            raise typer.Exit(1)


def _patient(service: Service) -> Service:
    """The service with time for locks and large tables; no caller waits for it."""
    limits = {"database_statement_timeout_seconds": _REBUILD_STATEMENT_SECONDS}
    return replace(service, settings=service.settings.model_copy(update=limits))


def _add_dead_letters(app: typer.Typer, create_service: Create) -> None:
    letters = typer.Typer(no_args_is_help=True, help="Events that were given up.")
    app.add_typer(letters, name="dead-letters")

    @letters.command("list")
    def list_() -> None:
        """One line for each dead letter: id, type, reason, attempts, error."""
        from joust_kit.messaging.redrive import read_dead_letters  # noqa: PLC0415 - imports service

        async def go() -> None:
            runtime = Runtime(create_service())
            for letter in await read_dead_letters(runtime):
                line = (letter.id, letter.event_type, letter.reason, letter.attempts, letter.error)
                typer.echo("\t".join(map(str, line)))
            await runtime.database.close()

        asyncio.run(go())

    @letters.command("redrive")
    def redrive_(
        ids: Annotated[list[UUID] | None, typer.Argument(help="Event ids; all if none is given.")] = None,
    ) -> None:
        """Queue dead letters to be handled again."""
        from joust_kit.messaging.redrive import redrive  # noqa: PLC0415 - imports service

        async def go() -> None:
            runtime = Runtime(create_service())
            for letter in await redrive(runtime, ids or None):
                typer.echo(f"{letter.id} {letter.event_type} queued")
            await runtime.database.close()

        asyncio.run(go())


def _add_jobs(app: typer.Typer, create_service: Create) -> None:
    jobs = typer.Typer(no_args_is_help=True, help="Jobs that were given up.")
    app.add_typer(jobs, name="jobs")

    @jobs.command("dead")
    def dead() -> None:
        """One line for each dead job: id, queue, when it failed last, its body, its error."""
        from joust_kit.dead_jobs import read_dead_jobs  # noqa: PLC0415 - imports service

        async def go() -> None:
            runtime = Runtime(create_service())
            for each in await read_dead_jobs(runtime):
                error = each.error.strip().rpartition("\n")[2]
                line = (each.id, each.queue, each.failed_at.isoformat(), each.body, error)
                typer.echo("\t".join(map(str, line)))
            await runtime.database.close()

        asyncio.run(go())

    @jobs.command("retry")
    def retry_(
        ids: Annotated[
            list[int] | None, typer.Argument(help="Ids of dead jobs; all if none is given.")
        ] = None,
    ) -> None:
        """Put dead jobs back to be run again."""
        from joust_kit.dead_jobs import retry  # noqa: PLC0415 - imports service

        async def go() -> None:
            runtime = Runtime(create_service())
            for each in await retry(runtime, ids or None):
                typer.echo(f"{each.id} {each.queue} queued")
            await runtime.database.close()

        asyncio.run(go())
