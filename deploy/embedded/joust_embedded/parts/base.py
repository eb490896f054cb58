"""What the supervisor needs to know of a part."""

from typing import Protocol

from joust_embedded.process import ChildSpec


class Part(Protocol):
    """A server that is prepared, started as a child, and then completed while it runs."""

    name: str

    def check(self) -> None:
        """Raise StackError when the data of an earlier run can't be used. Changes nothing."""

    async def prepare(self) -> None:
        """Make whatever must be on disk before the start; quick when it is there."""

    def child(self) -> ChildSpec:
        """The process to supervise."""

    async def complete(self) -> None:
        """Make what the services expect inside the running server; may run any number of times."""

    def clean_up(self) -> None:
        """Remove what the stopped server left outside of the data folder."""
