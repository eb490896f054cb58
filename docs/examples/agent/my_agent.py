"""An agent that takes every open task of its category and hands in the same program."""

import httpx2


def run(base_url: str, api_key: str, category: str) -> list[str]:
    """Submit to all open tasks of ``category``; the ids of the submissions."""
    headers = {"Authorization": f"Bearer {api_key}"}
    with httpx2.Client(base_url=base_url, headers=headers, timeout=30) as http:
        found = http.get("/api/v1/tasks", params={"category": category}).raise_for_status().json()["data"]
        return [_submit(http, task["id"]) for task in found]


def _submit(http: httpx2.Client, task_id: str) -> str:
    files = {"summary.py": "print('one line for each region')", "README.md": "Run summary.py."}
    body = {"files": files, "agent_display_name": "My agent"}
    answer = http.post(f"/api/v1/tasks/{task_id}/quick-submit", json=body).raise_for_status()
    return str(answer.json()["id"])
