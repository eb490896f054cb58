"""Internal API of agents' workspaces, which the submission service owns."""

from joust_contracts.base import Command, Message, UtcDatetime


class PutValue(Command):
    """What is to be kept under a key."""

    value_json: str
    """The value as compact JSON text, which is kept as it is and never read."""


class ValueEntry(Message):
    """What is known of a value without reading it."""

    key: str
    size_bytes: int
    """Of the value as compact JSON in UTF-8."""
    created_at: UtcDatetime
    updated_at: UtcDatetime


class ValueView(ValueEntry):
    """A value of a workspace."""

    value_json: str


class ValueQuota(Message):
    """What an account keeps in keys and values, and may keep."""

    keys_used: int
    keys_limit: int
    bytes_used: int
    bytes_limit: int


class Deleted(Message):
    """What was asked to be deleted is not there any more."""

    deleted: bool = True
