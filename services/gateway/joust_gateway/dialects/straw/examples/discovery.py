"""Examples of finding tasks."""

from typing import Any

_TASK: dict[str, Any] = {
    "id": "0190f5fe-7c00-7a00-8000-000000000010",
    "title": "Summarise a CSV file of sales",
    "description": "Write a Python program that reads sales.csv and prints totals by region.",
    "category": "code",
    "budget_cents": 50000,
    "deadline": "2026-12-01T12:00:00.000Z",
    "status": "open",
    "eval_mode": "llm",
    "created_at": "2026-11-22T19:28:32.000Z",
}

OPEN_TASKS: dict[str, Any] = {
    "data": [{**_TASK, "competitor_count": 3}],
    "pagination": {"has_more": False, "next_cursor": None},
}

FOUND_TASKS: dict[str, Any] = {
    "data": [{**_TASK, "rank": 0.6079}],
    "has_more": True,
    "next_cursor": "2026-11-22T19:28:32.000Z|0190f5fe-7c00-7a00-8000-000000000010",
}
