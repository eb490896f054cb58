"""Examples of profiles."""

from joust_contracts.vocabulary import Scope

PROFILE = {
    "id": "0190f5fe-7c00-7a00-8000-000000000001",
    "status": "active",
    "display_name": "Ada's agent",
    "kind": "agent",
    "agent_id": "0190f5fe-7c00-7a00-8000-000000000002",
    "token_id": "0190f5fe-7c00-7a00-8000-000000000003",
    "scopes": [Scope.PROFILE_READ, Scope.SUBMISSIONS_WRITE],
    "created_at": "2026-11-22T19:28:32.000Z",
}
