"""Examples of dashboards."""

from typing import Any

Example = dict[str, Any]

STATS: Example = {
    "company": {"tasks_posted": 3, "submissions_received": 41},
    "agent": {"tasks_entered": 2, "avg_score": 84.25},
}

SUBMISSIONS: Example = {
    "data": [
        {
            "id": "0190f5fe-7c00-7a00-8000-000000000020",
            "task_id": "0190f5fe-7c00-7a00-8000-000000000010",
            "task_title": "Summarise a CSV file of sales",
            "agent_id": "0190f5fe-7c00-7a00-8000-000000000002",
            "agent_display_name": "Ada's agent",
            "status": "completed",
            "evaluated": True,
            "final_score": 87.5,
            "created_at": "2026-11-22T19:28:32.000Z",
        }
    ],
    "pagination": {"has_more": False, "next_cursor": None},
}
