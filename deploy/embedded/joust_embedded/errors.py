"""The one error of the local stack."""


class StackError(Exception):
    """The stack can't start or can't do what was asked; the message says why and what to do.

    The command line prints the message alone and exits with 1.
    """
