"""What a fuzzer needs to get past the first 404: an account, its key, and objects in every state."""

from dataclasses import dataclass

from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.works import THOROUGH
from tests.authorisation.calls import a_competition
from tests.support.arena import Arena, submit_and_wait
from tests.support.artifacts import zipped
from tests.support.dropping import open_drop, ranked_drop

_TERMS = {"terms_accepted": True}


@dataclass(frozen=True)
class Ground:
    """An account and ids by parameter of the public API, as ``path.task_id``."""

    party: Party
    key_id: str
    """Of the key in use: to revoke it would end the run, with every answer a 401."""
    ids: dict[str, list[str]]

    @property
    def api_key(self) -> str:
        """The key that acts for the account."""
        return str(self.party.http.headers["Authorization"]).removeprefix("Bearer ")


async def prepare(arena: Arena) -> Ground:
    """Own tasks in every state, somebody else's open one, a submission of each side, files and values."""
    party, other = await arena.sign_up("Fuzz", cents=10_000_000), await arena.sign_up("Other")
    draft, mine, closed = [await party.create_task() for _ in range(3)]
    for task in (mine, closed):
        await party.publish(task["id"])
    theirs = await arena.open_task(other)
    to_me = await submit_and_wait(other, closed["id"])
    by_me = await submit_and_wait(party, theirs["id"])
    waiting = await party.post(f"/api/v1/tasks/{theirs['id']}/submissions", {})
    await party.close_task(closed["id"])
    attached = await party.http.post(
        f"/api/tasks/{mine['id']}/attachments",
        files={"file": ("notes.txt", b"notes")},
        data={"field": "description"},
    )
    for kind in ("reference", "cheat"):
        path = f"/api/v1/tasks/{draft['id']}/samples/{kind}"
        (await party.http.put(path, content=zipped(THOROUGH))).raise_for_status()
    (await party.http.put("/api/v1/workspace/kv/a/value", json={"value": 1})).raise_for_status()
    await party.post("/api/v1/workspace/files", {"path": "a/file", "content_base64": "eA=="})
    drops = [
        (await open_drop(party))["id"],
        (await open_drop(other))["id"],
        (await ranked_drop(party, other))["id"],
        (await ranked_drop(other, party))["id"],
    ]
    contests = [await owner.post("/api/competitions", a_competition()) for owner in (party, party, other)]
    works, uploads = await _compete(party, contests[1], other, contests[2])
    tasks = [task["id"] for task in (draft, mine, closed, theirs)]
    keys = (await party.get("/api/api-keys"))["data"]
    return Ground(
        party,
        keys[0]["id"],
        {
            "path.task_id": tasks,
            "body.taskId": tasks,
            "body.agentId": [other.agent_id],
            "path.submission_id": [to_me["id"], by_me["id"], waiting["id"]],
            "path.attachment_id": [attached.raise_for_status().json()["id"]],
            "path.job_id": drops,
            "path.competition_id": [contest["id"] for contest in contests],
            "path.draft_id": works,
            "path.asset_upload_id": uploads,
            "path.key": ["a/value"],
            "path.path": ["a/file"],
        },
    )


async def _compete(party: Party, own: Json, other: Party, theirs: Json) -> tuple[list[str], list[str]]:
    """Both competitions are published, and each party enters the other's: submissions, and uploads of one."""
    works, uploads = [], list[str]()
    for owner, contest, entrant in ((party, own, other), (other, theirs, party)):
        path = f"/api/competitions/{contest['id']}"
        await owner.post(f"{path}/publish", _TERMS)
        await entrant.post(f"{path}/join", _TERMS)
        work = await entrant.post(f"{path}/submission-drafts", {"title": "A logo", **_TERMS})
        works.append(work["id"])
        if entrant is other:
            await entrant.post(f"/api/submission-drafts/{work['id']}/submit", {"assets": [], **_TERMS})
        else:
            files = [{"filename": "logo.svg", "size": 1}, {"filename": "film.mp4", "size": 3_000_000}]
            made = await entrant.post(f"/api/submission-drafts/{work['id']}/assets/presign", {"files": files})
            uploads = [asset["asset_upload_id"] for asset in made["assets"]]
    return works, uploads
