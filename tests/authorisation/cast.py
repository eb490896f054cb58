"""Who calls, and what they call about: made once on the running stack."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from joust_contracts.vocabulary import Scope
from joust_embedded.bounty.client import Party
from joust_embedded.bounty.works import DECENT, THOROUGH
from joust_embedded.stack import Stack
from joust_kit.ids import RandomIds
from tests.authorisation.calls import Ids, a_competition
from tests.authorisation.table import ABSENT, MALFORMED
from tests.support.arena import Arena, eventually, submit_and_wait
from tests.support.artifacts import zipped
from tests.support.dropping import open_drop, ranked_drop
from tests.support.external_judge import claim


class _Any(dict[str, str]):
    """One id for every placeholder that stands for one."""

    def __init__(self, id: str) -> None:
        super().__init__(iteration="1", kind="reference")
        self._id = id

    def __missing__(self, name: str) -> str:
        return self._id


@dataclass(frozen=True)
class Thing:
    """An object: whose it is, and the ids that name it."""

    owner: str
    ids: Ids
    id: str = ""
    """Its own id, by which a list shows it."""


class Cast:
    """Four accounts, their keys and their objects. A new kind of object is a method ``_make_<kind>``."""

    def __init__(self, stack: Stack, parties: dict[str, Party], revoked: dict[str, str]) -> None:
        self.stack = stack
        self.parties = parties
        self.revoked = revoked
        """A key of each caller that was revoked."""
        self._limited: dict[tuple[str, Scope], str] = {}
        self._kept: dict[str, Thing] = {}

    @classmethod
    async def on(cls, arena: Arena) -> "Cast":
        """Sign all up."""
        names = ("poster", "agent", "other poster", "other agent")
        parties = {name: await arena.sign_up(name.title()) for name in names}
        revoked = {}
        for name, party in parties.items():
            made = await party.post("/api/api-keys", {"name": "revoked"})
            (await party.http.delete("/api/api-keys", params={"id": made["id"]})).raise_for_status()
            revoked[name] = str(made["api_key"])
        return cls(arena.stack, parties, revoked)

    async def key_without(self, name: str, scope: Scope) -> str:
        """A key of a caller that has every scope but one."""
        if (name, scope) not in self._limited:
            others = [each.value for each in Scope if each is not scope]
            made = await self.parties[name].post("/api/api-keys", {"scopes": others})
            self._limited[name, scope] = str(made["api_key"])
        return self._limited[name, scope]

    async def thing(self, kind: str, *, fresh: bool) -> Thing:
        """An object; a ``fresh`` one is nobody else's to change."""
        if kind in {"", ABSENT}:
            return Thing("poster", _Any(str(RandomIds().new())))
        if kind == MALFORMED:
            return Thing("poster", _Any("not-an-id"))
        make: Callable[[], Awaitable[Thing]] = getattr(self, f"_make_{kind}")
        if fresh:
            return await make()
        if kind not in self._kept:
            self._kept[kind] = await make()
        return self._kept[kind]

    @property
    def _poster(self) -> Party:
        return self.parties["poster"]

    def _task(self, task_id: str) -> Thing:
        ids = {"task_id": task_id, "agent_id": self.parties["agent"].agent_id, "kind": "reference"}
        return Thing("poster", ids, task_id)

    async def _make_draft(self) -> Thing:
        return self._task((await self._poster.create_task())["id"])

    async def _make_announced(self) -> Thing:
        id = (await self._poster.post("/api/competitions", a_competition()))["id"]
        return Thing("poster", {"competition_id": id}, id)

    async def _make_competition(self) -> Thing:
        draft = await self._make_announced()
        await self._poster.post(f"/api/competitions/{draft.id}/publish", {"terms_accepted": True})
        return draft

    async def _make_unfunded(self) -> Thing:
        prize = {"amount": 10**11, "currency": "usd"}
        id = (await self._poster.post("/api/competitions", a_competition(prize=prize)))["id"]
        await self._poster.post(f"/api/competitions/{id}/publish", {"terms_accepted": True})
        competition = Thing("poster", {"competition_id": id}, id)

        async def is_rejected() -> bool:
            seen = await self._poster.get(f"/api/competitions/{competition.id}")
            return bool(seen["prize_status"] == "rejected")

        await eventually(is_rejected)
        return competition

    async def _make_entered(self) -> Thing:
        competition = await self._make_competition()
        path = f"/api/competitions/{competition.id}/join"
        await self.parties["agent"].post(path, {"terms_accepted": True})
        return Thing("agent", competition.ids, competition.id)

    async def _make_begun(self) -> Thing:
        entered = await self._make_entered()
        made = await self.parties["agent"].post(
            f"/api/competitions/{entered.id}/submission-drafts", {"title": "A logo", "terms_accepted": True}
        )
        return Thing("agent", {"draft_id": made["id"], **entered.ids}, made["id"])

    async def _make_asset(self) -> Thing:
        begun = await self._make_begun()
        body = {"files": [{"filename": "logo.svg", "size": 1}]}
        path = f"/api/submission-drafts/{begun.id}/assets/presign"
        (made,) = (await self.parties["agent"].post(path, body))["assets"]
        return Thing("agent", {"asset_upload_id": made["asset_upload_id"], **begun.ids}, begun.id)

    async def _make_pieces(self) -> Thing:
        begun = await self._make_begun()
        body = {"files": [{"filename": "film.mp4", "size": 200 * 1024**2}]}
        path = f"/api/submission-drafts/{begun.id}/assets/presign"
        (made,) = (await self.parties["agent"].post(path, body))["assets"]
        return Thing("agent", {"asset_upload_id": made["asset_upload_id"], **begun.ids}, begun.id)

    async def _make_handed(self) -> Thing:
        begun = await self._make_begun()
        body = {"assets": [], "terms_accepted": True}
        await self.parties["agent"].post(f"/api/submission-drafts/{begun.id}/submit", body)
        return begun

    async def _make_sampled(self) -> Thing:
        draft = await self._make_draft()
        for kind in ("reference", "cheat"):
            path = f"/api/v1/tasks/{draft.id}/samples/{kind}"
            (await self._poster.http.put(path, content=zipped(THOROUGH))).raise_for_status()
        return draft

    async def _make_checked(self) -> Thing:
        draft = await self._make_sampled()
        await self._poster.post(f"/api/v1/tasks/{draft.id}/readiness", {})
        return draft

    async def _make_open(self) -> Thing:
        draft = await self._make_draft()
        await self._poster.publish(draft.id)
        return draft

    async def _make_closed(self) -> Thing:
        task = await self._make_open()
        for name in ("agent", "other agent"):
            await self.parties[name].quick_submit(task.id, DECENT)
        await self._poster.close_task(task.id)
        return task

    async def _make_submission(self) -> Thing:
        task = await self._make_open()
        await self.parties["other agent"].quick_submit(task.id, DECENT)
        submitted = await self.parties["agent"].quick_submit(task.id, DECENT)
        return Thing("agent", {"submission_id": submitted["id"], **task.ids}, submitted["id"])

    async def _make_registered(self) -> Thing:
        task = await self._make_open()
        made = await self.parties["agent"].post(f"/api/v1/tasks/{task.id}/submissions", {})
        return Thing("agent", {"submission_id": made["id"], **task.ids}, made["id"])

    async def _make_uploaded(self) -> Thing:
        registered = await self._make_registered()
        path = f"/api/v1/submissions/{registered.id}/upload"
        form: dict[str, Any] = {"files": {"file": ("work.zip", zipped(THOROUGH))}}
        (await self.parties["agent"].http.post(path, **form)).raise_for_status()
        return registered

    async def _make_scored(self) -> Thing:
        task = await self._make_open()
        submitted = await submit_and_wait(self.parties["agent"], task.id)
        return Thing("agent", {"submission_id": submitted["id"], **task.ids}, submitted["id"])

    async def _make_external(self) -> Thing:
        judge = {"eval_mode": "external", "eval_callback_url": "http://127.0.0.1:9/judge"}
        task = self._task((await self._poster.create_task(**judge))["id"])
        await self._poster.publish(task.id)
        return task

    async def _make_claimed(self) -> Thing:
        task, claimed = await self._make_external(), dict[str, Any]()
        await self.parties["agent"].quick_submit(task.id, DECENT)

        async def is_there() -> bool:
            claimed.update(await claim(self._poster, task.id) or {})
            return bool(claimed)

        await eventually(is_there)
        names = ("submission_id", "evaluation_id", "lease_id", "callback_token")
        return Thing(
            "poster", {**{name: claimed[name] for name in names}, **task.ids}, claimed["evaluation_id"]
        )

    async def _make_judged(self) -> Thing:
        scored = await self._make_scored()
        return Thing("poster", {"iteration": "1", **scored.ids}, scored.id)

    async def _make_deal(self) -> Thing:
        task = await self._make_closed()
        deal = await self._poster.deal(task.id, self.parties["agent"].agent_id, 0)
        return Thing("poster", {"deal_id": deal["id"], **task.ids}, deal["id"])

    async def _make_attachment(self) -> Thing:
        task = await self._make_open()
        path = f"/api/tasks/{task.id}/attachments"
        form: dict[str, Any] = {"files": {"file": ("notes.txt", b"notes")}, "data": {"field": "description"}}
        made = (await self._poster.http.post(path, **form)).raise_for_status().json()
        return Thing("poster", {"attachment_id": made["id"], **task.ids}, made["id"])

    async def _make_value(self) -> Thing:
        key = f"values/{RandomIds().new()}"
        put = await self.parties["agent"].http.put(f"/api/v1/workspace/kv/{key}", json={"value": 1})
        put.raise_for_status()
        return Thing("agent", {"key": key}, key)

    async def _make_file(self) -> Thing:
        path = f"files/{RandomIds().new()}"
        body = {"path": path, "content_base64": "eA=="}
        await self.parties["agent"].post("/api/v1/workspace/files", body)
        return Thing("agent", {"path": path}, path)

    def _drop(self, drop_id: str) -> Thing:
        return Thing("poster", {"job_id": drop_id}, drop_id)

    async def _make_drop(self) -> Thing:
        return self._drop((await open_drop(self._poster))["id"])

    async def _make_ranked(self) -> Thing:
        return self._drop((await ranked_drop(self._poster, self.parties["agent"]))["id"])

    async def _make_agent(self) -> Thing:
        made = await self.parties["agent"].post("/api/v1/agents", {"display_name": "Another"})
        return Thing("agent", {"agent_id": made["agent_id"]}, made["agent_id"])

    async def _make_webhook(self) -> Thing:
        id = (await self._poster.register_webhook("http://127.0.0.1:9/hook", ["deal.created"]))["id"]
        return Thing("poster", {"webhook_id": id}, id)

    async def _make_message(self) -> Thing:
        hook = await self._poster.register_webhook("http://127.0.0.1:9/hook", ["task.status_changed"])
        await self._make_open()
        log = f"/api/v1/webhooks/{hook['id']}/deliveries"
        found: list[str] = []

        async def is_there() -> bool:
            found.extend(each["id"] for each in (await self._poster.get(log))["data"])
            return bool(found)

        await eventually(is_there)
        return Thing("poster", {"webhook_id": hook["id"], "delivery_id": found[0]}, found[0])

    async def _make_key(self) -> Thing:
        id = str(UUID((await self._poster.post("/api/api-keys", {"name": "a key"}))["id"]))
        return Thing("poster", {"id": id}, id)
