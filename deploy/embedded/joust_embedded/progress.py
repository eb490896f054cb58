"""What a person sees while the stack starts: one line for each part and service."""

import time
from typing import Protocol

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text


class Progress(Protocol):
    """Where the supervisor reports to."""

    def begin(self, name: str, text: str) -> None:
        """A part or service began to do something; again, when it goes on to something else."""

    def done(self, name: str) -> None:
        """It is ready."""

    def note(self, text: str) -> None:
        """Something else worth a line, such as a restart."""

    def close(self) -> None:
        """Start-up is over, well or not."""


class Silence:
    """Reports nothing; for tests and programs."""

    def begin(self, name: str, text: str) -> None:
        """Ignore it."""

    def done(self, name: str) -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""

    def close(self) -> None:
        """Nothing is open."""


class PlainLines:
    """One line when something is ready; for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began: dict[str, float] = {}

    def begin(self, name: str, text: str) -> None:
        """Remember since when."""
        self._began.setdefault(name, time.monotonic())

    def done(self, name: str) -> None:
        """Print the line with the seconds taken."""
        seconds = time.monotonic() - self._began.get(name, time.monotonic())
        self.note(f"{name:<12} ready {seconds:5.1f} s")

    def note(self, text: str) -> None:
        """Print it."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Nothing is open."""


class _Seconds(ProgressColumn):
    """Seconds so far, or taken."""

    def render(self, task: Task) -> Text:
        """With one decimal, as in the plain lines."""
        seconds = task.finished_time if task.finished else task.elapsed
        return Text(f"{seconds or 0:5.1f} s")


class LiveLines:
    """Lines with a spinner and the seconds, for a terminal."""

    def __init__(self, console: Console) -> None:
        columns = (
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.fields[name]:<12}"),
            _Seconds(),
            TextColumn("[dim]{task.description}[/]"),
        )
        self._console = console
        self._bars = Bars(*columns, console=console)
        self._tasks: dict[str, TaskID] = {}
        self._bars.start()

    def begin(self, name: str, text: str) -> None:
        """Add the line, or change what it says."""
        if name in self._tasks:
            self._bars.update(self._tasks[name], description=text)
        else:
            self._tasks[name] = self._bars.add_task(text, total=1, name=name)

    def done(self, name: str) -> None:
        """Tick the line off."""
        self._bars.update(self._tasks[name], completed=1, description="ready")

    def note(self, text: str) -> None:
        """Print it above the lines."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Leave the lines as they are."""
        self._bars.stop()


def for_console(console: Console) -> PlainLines | LiveLines:
    """Live lines on a terminal, plain ones anywhere else."""
    return LiveLines(console) if console.is_terminal else PlainLines(console)
