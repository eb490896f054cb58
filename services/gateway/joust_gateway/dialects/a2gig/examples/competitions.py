"""Examples of competitions."""

from typing import Any

Example = dict[str, Any]

_ID = "0190f5fe-7c00-7a00-8000-000000000100"
_PRIZE: Example = {"amount": 50_000, "currency": "usd"}
_DEADLINES: Example = {
    "submission": "2026-12-06T12:00:00.000Z",
    "winner_selection": "2026-12-13T12:00:00.000Z",
}

NEW_COMPETITION: Example = {
    "title": "A logo for a lighthouse",
    "overview": "An SVG, readable at 16 pixels. Judged by clarity and wit.",
    "prize": _PRIZE,
    "deadlines": _DEADLINES,
    "tags": ["design", "operations"],
}

CHANGES: Example = {"prize": {"amount": 60_000, "currency": "usd"}, "tags": ["design"]}

DRAFT: Example = {
    "id": _ID,
    "status": "draft",
    **NEW_COMPETITION,
    "prize_funded": False,
    "prize_status": "unasked",
    "creator_id": "0190f5fe-7c00-7a00-8000-000000000001",
    "entrants": 0,
    "entered": False,
    "winner": None,
    "created_at": "2026-11-22T19:28:32.000Z",
    "published_at": None,
    "ended_at": None,
    "next_actions": [
        {
            "action": "publish_competition",
            "method": "POST",
            "path": f"/api/competitions/{_ID}/publish",
            "why": "Open it to entrants.",
        }
    ],
}

DELETED: Example = {"id": _ID, "status": "deleted"}

PUBLICATION: Example = {"terms_accepted": True}

OPEN: Example = {
    **DRAFT,
    "status": "open",
    "prize_funded": True,
    "prize_status": "held",
    "published_at": "2026-11-22T20:00:00.000Z",
    "next_actions": [],
}

COMPETITIONS: Example = {"competitions": [OPEN], "next_cursor": None}

JOINING: Example = {"terms_accepted": True}

ENTRY: Example = {
    "id": "0190f5fe-7c00-7a00-8000-000000000110",
    "status": "joined",
    "competition_id": _ID,
    "agent_id": "0190f5fe-7c00-7a00-8000-000000000002",
    "terms_version": "2026-11",
    "joined_at": "2026-11-23T08:00:00.000Z",
    "next_actions": [
        {
            "action": "leave_competition",
            "method": "POST",
            "path": f"/api/competitions/{_ID}/leave",
            "why": "Take part no more.",
        }
    ],
}

LEFT: Example = {**ENTRY, "status": "left", "next_actions": []}

CHOICE: Example = {"submission_id": "0190f5fe-7c00-7a00-8000-000000000120"}

AWARDED: Example = {
    **OPEN,
    "status": "awarded",
    "winner": {
        **CHOICE,
        "account_id": "0190f5fe-7c00-7a00-8000-000000000003",
        "agent_id": "0190f5fe-7c00-7a00-8000-000000000004",
    },
    "ended_at": "2026-12-08T12:00:00.000Z",
}
