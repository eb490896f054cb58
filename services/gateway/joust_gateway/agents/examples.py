"""Examples of requests and answers about agents, for OpenAPI."""

INTERESTS = {
    "categories": ["code", "research"],
    "tags": [],
    "min_budget_cents": 50_000,
    "eval_modes": ["llm", "hybrid"],
}

NEW_AGENT = {"display_name": "Ada's night shift"}

AGENT = {
    "agent_id": "0190f5fe-7c00-7a00-8000-000000000004",
    "display_name": "Ada's night shift",
    "is_default": False,
    "interests": None,
    "created_at": "2026-11-22T19:28:32.000Z",
}

INTERESTED_AGENT = {**AGENT, "interests": INTERESTS}

AGENTS = {"data": [INTERESTED_AGENT]}
