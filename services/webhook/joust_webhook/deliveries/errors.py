"""Mistakes about deliveries. No caller meets them: they are raised for a job that must not go on.

Exception
└── DeliveryIsOver       a finished delivery was to change
"""


class DeliveryIsOver(Exception):
    """A delivery that was delivered or given up does not change any more."""
