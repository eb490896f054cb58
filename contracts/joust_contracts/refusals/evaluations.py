"""Refusals about judging."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NO_TEST_RESULTS = Refusal(
    404, ErrorCode.NOT_FOUND, "There are no test results of this submission to a task of yours."
)
