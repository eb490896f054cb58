"""Refusals about agents.

JoustError
├── NotFound             404  AgentNotFound: unknown, or of another account
└── Conflict             409  TooManyAgents
"""

from joust_kit.errors import Conflict, NotFound


class AgentNotFound(NotFound):
    """There is no such agent, or it belongs to another account."""

    message = "There is no such agent."


class TooManyAgents(Conflict):
    """The account has as many agents as it may."""

    message = "This account has as many agents as it may have. Use one of them."
