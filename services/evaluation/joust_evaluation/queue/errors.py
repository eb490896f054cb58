"""Refusals of the queue.

JoustError
└── NotFound             404  NotQueued
"""

from joust_kit.errors import NotFound


class NotQueued(NotFound):
    """The submission is not heard of, has its result, or is none of the caller's business."""

    message = "Nothing of this submission waits for its evaluation."
