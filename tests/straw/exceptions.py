"""What of the Straw document is still to be built."""

LATER: dict[str, str] = {}
"""Endpoints, each with the reason. Nothing else may be missing."""
