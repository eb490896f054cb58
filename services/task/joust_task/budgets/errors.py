"""Refusals about budgets.

JoustError
└── Conflict             409  BudgetSettled: terminal, an answer that contradicts an earlier one
"""

from joust_kit.errors import Conflict


class BudgetSettled(Conflict):
    """The budget can't go there from where it is."""

    message = "The budget of this task is elsewhere."
