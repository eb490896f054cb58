"""`joust`: the local stack from the command line."""

import asyncio
import contextlib
import functools
import shlex
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ParamSpec

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from joust_embedded.errors import StackError
from joust_embedded.settings import SERVICES, EmbeddedSettings

P = ParamSpec("P")

app = typer.Typer(
    name="joust",
    help="Joust on this machine: PostgreSQL, Kafka, S3 and the seven services, from packages alone.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
webhooks = typer.Typer(help="Webhooks on a developer's machine.", no_args_is_help=True)
app.add_typer(webhooks, name="webhooks")
console = Console()
problems = Console(stderr=True)

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", "-d", help="Where the stack keeps everything.", show_default=".joust"),
]
Service = Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}.")]


def _plainly(command: Callable[P, None]) -> Callable[P, None]:
    """Print a StackError as its message alone, and exit with 1."""

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except StackError as error:
            problems.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(1) from None

    return guarded


def _settings(data_dir: Path | None, **changes: object) -> EmbeddedSettings:
    given = {name: value for name, value in {"data_dir": data_dir, **changes}.items() if value is not None}
    try:
        return EmbeddedSettings.model_validate({**EmbeddedSettings().model_dump(), **given})
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(step) for step in first["loc"])
        raise StackError(f"The setting JOUST_EMBEDDED_{name.upper()} is wrong: {first['msg']}.") from None


@app.command()
@_plainly
def up(
    data_dir: DataDir = None,
    gateway_port: Annotated[
        int | None, typer.Option(help="Port of the gateway; 0 takes a free one.", show_default="8000")
    ] = None,
    services: Annotated[
        str | None, typer.Option(help="Only these services, with commas between; '' starts the parts alone.")
    ] = None,
) -> None:
    """Start everything and stay until Ctrl-C or `joust down`."""
    # Imported here, so that the other commands answer at once.
    from joust_embedded.progress import for_console  # noqa: PLC0415
    from joust_embedded.supervisor import Supervisor  # noqa: PLC0415

    chosen = SERVICES if services is None else tuple(filter(None, services.replace(" ", "").split(",")))
    settings = _settings(data_dir, gateway_port=gateway_port)
    supervisor = Supervisor(settings, for_console(console), chosen)

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await supervisor.serve(stop, lambda: _announce(supervisor.context.url("gateway"), settings, chosen))

    asyncio.run(main())
    console.print("Stopped.")


def _announce(gateway: str, settings: EmbeddedSettings, services: tuple[str, ...]) -> None:
    lines = [f"Gateway   {gateway}", f"API docs  {gateway}/docs"] if "gateway" in services else []
    lines += [f"Logs      {settings.data_dir / 'logs'}", "Ctrl-C stops everything."]
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)


@app.command()
@_plainly
def run(
    data_dir: DataDir = None,
    gateway_port: Annotated[
        int | None, typer.Option(help="Port of the gateway; 0 takes a free one.", show_default="8000")
    ] = None,
) -> None:
    """Start everything, play a bounty, and stay until Ctrl-C or `joust down`."""
    from joust_embedded.bounty.stage import perform  # noqa: PLC0415

    perform(_settings(data_dir, gateway_port=gateway_port), console, keep_serving=True)
    console.print("Stopped.")


@app.command()
@_plainly
def demo(
    data_dir: DataDir = None,
    gateway_port: Annotated[
        int | None, typer.Option(help="Port of the gateway; 0 takes a free one.", show_default="8000")
    ] = None,
) -> None:
    """Start everything, play a bounty, and stop."""
    from joust_embedded.bounty.stage import perform  # noqa: PLC0415

    perform(_settings(data_dir, gateway_port=gateway_port), console, keep_serving=False)
    console.print("Stopped.")


@app.command()
@_plainly
def migration(service: Service, message: Annotated[str, typer.Argument(help="What it does.")]) -> None:
    """Write a migration from the difference between a service's models and its newest schema."""
    from joust_embedded.revisions import write_migration  # noqa: PLC0415

    write_migration(service, message)


@app.command()
@_plainly
def down(data_dir: DataDir = None) -> None:
    """Stop the running stack and wait until everything has ended."""
    from joust_embedded.running import stop_running  # noqa: PLC0415

    stop_running(_settings(data_dir))
    console.print("Stopped.")


@app.command()
@_plainly
def status(data_dir: DataDir = None) -> None:
    """Show every process of the running stack."""
    from joust_embedded.running import statuses  # noqa: PLC0415

    table = Table("name", "pid", "memory", "port", "ready", box=None)
    for item in statuses(_settings(data_dir)):
        ready = "[green]yes[/]" if item.ready else "[red]no[/]"
        table.add_row(item.name, str(item.pid or "-"), f"{item.memory_mb:.0f} MB", str(item.port), ready)
    console.print(table)


@app.command()
@_plainly
def logs(
    name: Annotated[str, typer.Argument(help="A service, postgres, kafka, s3, migrate or supervisor.")],
    data_dir: DataDir = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as the log grows.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="Lines from the end.")] = 100,
) -> None:
    """Print the end of a log."""
    from joust_embedded import running  # noqa: PLC0415
    from joust_embedded.spawn import last_lines  # noqa: PLC0415

    path = running.log_file(_settings(data_dir), name)
    if not follow:
        print(last_lines(path, lines))
        return
    with contextlib.suppress(KeyboardInterrupt):
        for text in running.follow(path, lines):
            print(text, end="", flush=True)


@app.command()
@_plainly
def env(service: Service, data_dir: DataDir = None) -> None:
    """Print a service's environment in the running stack, for `eval` or an .env file."""
    from joust_embedded.running import environment  # noqa: PLC0415

    for name, value in sorted(environment(_settings(data_dir), service).items()):
        print(f"{name}={shlex.quote(value)}")


@app.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@_plainly
def execute(
    service: Service,
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Handed to `python -m joust_SERVICE`.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Run a command of a service against the running stack."""
    from joust_embedded.running import become_service_command  # noqa: PLC0415

    become_service_command(_settings(data_dir), service, arguments or [])


@app.command()
@_plainly
def republish(data_dir: DataDir = None) -> None:
    """Have every service of the running stack tell what it holds, should Kafka's topics be lost."""
    from joust_embedded.running import run_service_command  # noqa: PLC0415

    settings = _settings(data_dir)
    for service in SERVICES:
        console.print(f"{service}:", end=" ", highlight=False)
        run_service_command(settings, service, ["republish"])


@app.command()
@_plainly
def clean(
    data_dir: DataDir = None,
    everything: Annotated[bool, typer.Option("--all", help="The download cache too.")] = False,
) -> None:
    """Remove the stack's data; refused while it runs."""
    from joust_embedded.layout import Layout  # noqa: PLC0415
    from joust_embedded.lock import holder  # noqa: PLC0415

    settings = _settings(data_dir)
    layout = Layout(settings.data_dir)
    pid = holder(layout.lock_file)
    if pid is not None:
        raise StackError(f"The stack on {layout.root} is running (pid {pid}). `joust down` stops it.")
    layout.remove()
    if everything:
        shutil.rmtree(settings.cache_dir, ignore_errors=True)
    console.print(f"Removed {layout.root}{' and the download cache' if everything else ''}.", highlight=False)


@webhooks.command()
@_plainly
def listen(
    secret: Annotated[
        str | None,
        typer.Option(
            envvar="JOUST_WEBHOOK_SECRET", help="The webhook's `whsec_…`; what it did not sign is refused."
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8400,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    forward: Annotated[
        str | None, typer.Option(help="Pass what is verified on to this URL, and give back its answer.")
    ] = None,
) -> None:
    """Print each webhook that comes, verify its signature, and pass it on if wanted."""
    from joust_embedded.listening import listening  # noqa: PLC0415

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with listening(say, secret=secret, host=host, port=port, forward_to=forward) as url:
            say(f"Listening at {url}; any path will do. Ctrl-C stops it.")
            await stop.wait()

    asyncio.run(main())


if __name__ == "__main__":
    app()
