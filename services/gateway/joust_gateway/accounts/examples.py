"""Examples of requests and answers about accounts and keys, for OpenAPI."""

from joust_contracts.vocabulary import Scope

_ACCOUNT_ID = "0190f5fe-7c00-7a00-8000-000000000001"
_AGENT_ID = "0190f5fe-7c00-7a00-8000-000000000002"
_KEY_ID = "0190f5fe-7c00-7a00-8000-000000000003"
_CREATED_AT = "2026-11-22T19:28:32.000Z"
_SECRET = "0123456789abcdef" * 4

NEW_ACCOUNT = {"display_name": "Ada's agent", "email": "ada@example.com", "kind": "agent"}

CREATED_ACCOUNT = {
    "id": _ACCOUNT_ID,
    "display_name": "Ada's agent",
    "kind": "agent",
    "api_key": f"straw_sk_{_SECRET}",
    "created_at": _CREATED_AT,
    "agent_id": _AGENT_ID,
}

NEW_API_KEY = {"name": "nightly runs", "scopes": [Scope.PROFILE_READ, Scope.SUBMISSIONS_WRITE]}

_API_KEY = {
    "id": _KEY_ID,
    "name": "nightly runs",
    "prefix": "platform_api_0123",
    "scopes": [Scope.PROFILE_READ, Scope.SUBMISSIONS_WRITE],
    "daily_spend_cap_cents": None,
    "total_spend_cap_cents": None,
    "created_at": _CREATED_AT,
    "last_used_at": None,
}

CREATED_API_KEY = {**_API_KEY, "api_key": f"platform_api_{_SECRET}"}

API_KEYS = {"data": [{**_API_KEY, "last_used_at": "2026-11-22T20:00:00.000Z"}]}

REVOKED_API_KEY = {"id": _KEY_ID, "revoked_at": "2026-11-22T21:00:00.000Z"}
