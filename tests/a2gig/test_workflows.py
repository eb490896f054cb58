"""Every command of the A2Gig document works as it is written there, in its order."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from joust_embedded.bounty.client import Party
from tests.a2gig.document import Answer, commands, filled, placeholders, run
from tests.support.arena import Arena, eventually
from tests.support.contests import Deadline, deadlines_pass

ASSET_BYTES = 1_048_576
"""As the document announces it."""
CREATOR = ["profile:read", "competitions:write", "competitions:publish", "submissions:review"]
ENTRANT = ["profile:read", "competitions:join", "submissions:write"]

NAMES = ("me", "list", "create", "publish", "join", "draft", "presign", "submit", "winner")
"""The commands in the document's order."""


async def token_of(party: Party, scopes: list[str]) -> str:
    """A token as the document has it, without its beginning, which the document writes itself."""
    made = await party.post("/api/api-keys", {"scopes": scopes})
    return str(made["api_key"]).removeprefix("platform_api_")


class Workflow:
    """Runs the commands, and remembers what later ones need."""

    def __init__(self, origin: str, tokens: dict[str, str]) -> None:
        self.origin, self.tokens = origin, tokens
        self.commands = dict(zip(NAMES, commands(), strict=True))
        self.known: dict[str, str] = {}

    async def run(self, name: str, actor: str) -> Answer:
        """One command, as the creator or the entrant."""
        command = self.commands[name].replace("platform_api_YOUR_TOKEN", f"platform_api_{self.tokens[actor]}")
        return await run(filled(command, self.known), self.origin)

    async def done(self, name: str, actor: str, status: int) -> Any:
        """Its answer. Fails unless it has the status."""
        answer = await self.run(name, actor)
        assert answer.status == status, answer.body
        return answer.body


def test_every_command_is_known_by_its_address() -> None:
    found = commands()
    assert len(found) == len(NAMES)
    assert [each for each in found if not placeholders(each)] == found[:2]


async def test_the_commands_of_the_document_work_in_its_order(arena: Arena, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    creator, entrant = await arena.sign_up("Creator", cents=50_000), await arena.sign_up("Entrant")
    tokens = {"creator": await token_of(creator, CREATOR), "entrant": await token_of(entrant, ENTRANT)}
    flow = Workflow(arena.url, tokens)
    assert (await flow.done("me", "creator", 200))["id"] == creator.account_id
    assert "competitions" in await flow.done("list", "creator", 200)

    now = datetime.now(UTC)
    flow.known |= {
        "YOUR_KEY": "1",
        "YOUR_SUBMISSION_DEADLINE_ISO": (now + timedelta(hours=1)).isoformat(),
        "YOUR_WINNER_SELECTION_DEADLINE_ISO": (now + timedelta(days=1)).isoformat(),
    }
    competition = await flow.done("create", "creator", 201)
    flow.known["YOUR_COMPETITION_ID"] = competition["id"]
    assert (await flow.done("publish", "creator", 200))["status"] == "open"
    assert (await flow.run("join", "creator")).status == 403
    assert (await flow.done("join", "entrant", 200))["status"] == "joined"
    draft = await flow.done("draft", "entrant", 201)
    flow.known["YOUR_DRAFT_ID"] = draft["id"]

    (asset,) = (await flow.done("presign", "entrant", 201))["assets"]
    async with httpx2.AsyncClient(timeout=60) as http:
        upload = asset["upload"]
        put = await http.put(upload["url"], content=b"z" * ASSET_BYTES, headers=upload["headers"])
    assert put.status_code == 200
    flow.known["ASSET_UPLOAD_ID_FROM_PRESIGN"] = asset["asset_upload_id"]
    handed_in = await flow.done("submit", "entrant", 200)
    assert (handed_in["status"], handed_in["total_bytes"]) == ("submitted", ASSET_BYTES)

    flow.known["YOUR_SUBMISSION_ID"] = handed_in["id"]
    path = f"/api/competitions/{competition['id']}"
    await deadlines_pass(arena.stack, competition["id"], Deadline.SUBMISSION)

    async def is_reviewed() -> bool:
        return bool((await creator.get(path))["status"] == "reviewing")

    await eventually(is_reviewed)
    (listed,) = (await creator.get(f"{path}/submissions"))["submissions"]
    (file,) = (await creator.get(f"/api/submission-drafts/{listed['id']}/assets"))["assets"]
    async with httpx2.AsyncClient(timeout=60) as http:
        part = await http.get(file["download_url"], headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, b"z" * 10)
    assert (await flow.done("winner", "creator", 200))["winner"]["account_id"] == entrant.account_id

    async def is_paid() -> bool:
        return bool((await entrant.balance())["available_cents"] == 50_000)

    await eventually(is_paid)
