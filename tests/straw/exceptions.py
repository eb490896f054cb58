"""What of the Straw document is still to be built."""

LATER = {
    "POST /api/v1/submissions/:id/external-score": "external judges come with the evaluation back ends",
}
"""Endpoints, each with the reason. Nothing else may be missing."""

NOT_YET = {
    "GET /api/submissions/:id/status",
    "GET /api/v1/submissions",
    "GET /api/v1/tasks/:id/submissions",
    "GET /api/submissions/:id/details",
    "POST /api/v1/submissions/:id/request_re_eval",
}

NOT_YET_CODES: set[str] = set()
