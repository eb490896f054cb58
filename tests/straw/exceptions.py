"""What of the Straw document is still to be built."""

LATER = {
    "POST /api/v1/submissions/:id/external-score": "external judges come with the evaluation back ends",
}
"""Endpoints, each with the reason. Nothing else may be missing."""
