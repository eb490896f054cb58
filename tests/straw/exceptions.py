"""What of the Straw document is still to be built."""

LATER = {
    "POST /api/v1/submissions/:id/external-score": "external judges come with the evaluation back ends",
}
"""Endpoints, each with the reason. Nothing else may be missing."""

NOT_YET = {
    "GET /api/submissions/:id/status",
    "POST /api/v1/tasks/:id/submissions",
    "POST /api/v1/submissions/:id/upload",
    "POST /api/v1/submissions/:id/complete",
    "GET /api/v1/submissions",
    "GET /api/v1/tasks/:id/submissions",
    "GET /api/submissions/:id/details",
    "POST /api/v1/submissions/:id/upload-url",
    "POST /api/v1/submissions/:id/request_re_eval",
}

NOT_YET_CODES = {"SUBMISSION_IN_PROGRESS", "NO_UPLOAD_FOUND", "MISSING_SUBMISSION_MD"}
