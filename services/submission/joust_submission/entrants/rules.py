"""Who takes part, as far as handing in goes. No I/O, no clock."""


def is_given_up(entry_version: int, released_version: int) -> bool:
    """True if the entry was released at this version or since.

    An account that joins again has a newer version; until its event is here, what is known is the entry that
    was given up.
    """
    return entry_version <= released_version
