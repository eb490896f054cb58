"""What is handed in to competitions, its files and its review, in the A2Gig dialect."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from joust_contracts.internal.common import Page
from joust_contracts.internal.drafts import (
    AssetView,
    DraftView,
    MultipartUpload,
    PartsView,
    PartTarget,
    PartThere,
    PresignedAssets,
    SingleUpload,
)
from joust_contracts.vocabulary import AssetStatus, CompetitionStatus, DraftStatus
from services.gateway.tests.a2gig.test_competitions import a_view, actions_of
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party, new_id

KEY = {"Idempotency-Key": "k"}


def a_draft(poster: Party, agent: Party, **changes: Any) -> DraftView:
    """Work of ``agent`` for a competition of ``poster``, as the submission service answers it."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "version": 1,
        "competition_id": new_id(),
        "competition_owner_id": poster.account_id,
        "account_id": agent.account_id,
        "agent_id": agent.agent_id,
        "agent_display_name": "Agent",
        "status": DraftStatus.DRAFT,
        "title": "A lighthouse",
        "description": "",
        "run_instructions": "",
        "assumptions": "",
        "external_artifacts": (),
        "assets_count": 0,
        "total_bytes": 0,
        "created_at": NOW,
    }
    return DraftView(**{**fields, **changes})


def an_asset(**changes: Any) -> AssetView:
    """A file that waits for its PUT."""
    upload = SingleUpload(url="https://s3/x", headers={"Content-Type": "a/b"}, expires_at=NOW)
    fields: dict[str, Any] = {
        "asset_upload_id": new_id(),
        "filename": "logo.svg",
        "size": 3,
        "content_type": "a/b",
        "status": AssetStatus.PENDING,
        "upload": upload,
    }
    return AssetView(**{**fields, **changes})


async def test_a_draft_is_begun_once_the_service_has_heard_of_competition_and_entry(
    poster: Party, agent: Party, services: FakeServices
) -> None:
    entered = {"entered": True, "entry_id": new_id(), "entry_version": 3, "published_at": NOW}
    competition = a_view(poster, status=CompetitionStatus.OPEN, version=5, **entered)
    draft = a_draft(poster, agent, competition_id=competition.id)
    services.answer(f"task GET /internal/competitions/{competition.id}", competition)
    services.answer(f"submission POST /internal/competitions/{competition.id}/drafts", draft, 201)
    path = f"/api/competitions/{competition.id}/submission-drafts"
    body = {"title": "A lighthouse", "terms_accepted": True}
    answer = await agent.ask("POST", path, json=body, headers=KEY)
    assert (answer.status_code, answer.json()["id"]) == (201, str(draft.id)), answer.text
    (asked,) = services.asked_of("submission")
    assert asked.headers["Idempotency-Key"] == "k"
    assert set(asked.headers.getall("Joust-After")) == {
        f"{competition.id}:5",
        f"{entered['entry_id']}:3",
    }


async def test_work_is_read_listed_changed_handed_in_and_taken_back_by_its_author(
    poster: Party, agent: Party, services: FakeServices
) -> None:
    draft = a_draft(poster, agent)
    done = draft.model_copy(update={"status": DraftStatus.SUBMITTED, "submitted_at": NOW})
    at = f"/internal/drafts/{draft.id}"
    services.answer("submission GET /internal/drafts", Page[DraftView](data=(draft,)))
    services.answer(f"submission GET {at}", draft)
    services.answer(f"submission PATCH {at}", draft)
    services.answer(f"submission POST {at}/submit", done)
    services.answer(
        f"submission POST {at}/withdraw", done.model_copy(update={"status": DraftStatus.WITHDRAWN})
    )
    listed = await agent.ask("GET", f"/api/submission-drafts?competition_id={draft.competition_id}")
    assert [each["id"] for each in listed.json()["submissions"]] == [str(draft.id)]
    read = await agent.ask("GET", f"/api/submission-drafts/{draft.id}")
    assert "submit_submission_draft" in actions_of(read)
    changed = await agent.ask("PATCH", f"/api/submission-drafts/{draft.id}", json={"title": "Other"})
    assert changed.status_code == 200
    assert services.asked[-1].body == {"title": "Other"}
    body = {"assets": [{"asset_upload_id": str(new_id())}], "terms_accepted": True}
    handed_in = await agent.ask("POST", f"/api/submission-drafts/{draft.id}/submit", json=body)
    assert (handed_in.json()["status"], actions_of(handed_in)) == ("submitted", ["withdraw_submission_draft"])
    back = await agent.ask("POST", f"/api/submission-drafts/{draft.id}/withdraw")
    assert (back.json()["status"], actions_of(back)) == ("withdrawn", [])


async def test_files_are_shown_with_how_they_are_uploaded_and_downloaded(
    poster: Party, agent: Party, services: FakeServices
) -> None:
    draft_id = new_id()
    plan = MultipartUpload(part_size_bytes=64, part_count=2, expires_at=NOW)
    small, large = an_asset(), an_asset(size=100, upload=plan)
    there = an_asset(status=AssetStatus.ATTACHED, upload=None, download_url="https://s3/y")
    services.answer(
        f"submission POST /internal/drafts/{draft_id}/assets", PresignedAssets(assets=(small, large)), 201
    )
    services.answer(f"submission GET /internal/drafts/{draft_id}/assets", Page[AssetView](data=(there,)))
    files = [{"filename": "a", "size": 3}, {"filename": "b", "size": 100}]
    answer = await agent.ask(
        "POST", f"/api/submission-drafts/{draft_id}/assets/presign", json={"files": files}
    )
    one, other = answer.json()["assets"]
    assert (one["upload"]["type"], one["upload"]["method"]) == ("single", "PUT")
    path = f"/api/assets/{large.asset_upload_id}"
    assert other["upload"] == {
        "type": "multipart",
        "part_size_bytes": 64,
        "part_count": 2,
        "expires_at": other["upload"]["expires_at"],
        "parts_url": f"{path}/parts",
        "complete_url": f"{path}/complete",
        "abort_url": f"{path}/abort",
    }
    listed = await agent.ask("GET", f"/api/submission-drafts/{draft_id}/assets")
    assert [each["download_url"] for each in listed.json()["assets"]] == ["https://s3/y"]


async def test_an_upload_in_parts_is_looked_at_renewed_completed_and_given_up(
    agent: Party, services: FakeServices
) -> None:
    id: UUID = new_id()
    done = an_asset(asset_upload_id=id, status=AssetStatus.UPLOADED, upload=None)
    parts = PartsView(
        asset_upload_id=id,
        missing=(PartTarget(part_number=2, size_bytes=5, url="https://s3/2"),),
        there=(PartThere(part_number=1, etag="e", size_bytes=64),),
        expires_at=NOW + timedelta(hours=1),
        next_after=None,
    )
    services.answer(f"submission GET /internal/assets/{id}/parts", parts)
    services.answer(f"submission POST /internal/assets/{id}/upload-url", an_asset(asset_upload_id=id))
    services.answer(f"submission POST /internal/assets/{id}/complete", done)
    gone = done.model_copy(update={"status": AssetStatus.GONE})
    services.answer(f"submission POST /internal/assets/{id}/abort", gone)
    looked = await agent.ask("GET", f"/api/assets/{id}/parts?after=1")
    assert (looked.json()["missing"][0]["part_number"], looked.json()["there"][0]["etag"]) == (2, "e")
    assert services.asked[-1].query == {"after": "1"}
    assert (await agent.ask("POST", f"/api/assets/{id}/upload-url")).json()["status"] == "pending"
    named = {"parts": [{"part_number": 1, "etag": "e"}]}
    completed = await agent.ask("POST", f"/api/assets/{id}/complete", json=named)
    assert completed.json()["status"] == "uploaded"
    assert (await agent.ask("POST", f"/api/assets/{id}/abort")).json()["status"] == "gone"


async def test_the_creator_reads_reviews_and_chooses(
    poster: Party, agent: Party, services: FakeServices
) -> None:
    competition = a_view(poster, status=CompetitionStatus.REVIEWING, published_at=NOW)
    done = {"status": DraftStatus.SUBMITTED, "submitted_at": NOW, "version": 4}
    work = a_draft(poster, agent, competition_id=competition.id, **done)
    awarded = competition.model_copy(update={"status": CompetitionStatus.AWARDED})
    services.answer(f"task GET /internal/competitions/{competition.id}", competition)
    services.answer(
        f"submission GET /internal/competitions/{competition.id}/submissions",
        Page[DraftView](data=(work,)),
    )
    services.answer(f"submission GET /internal/drafts/{work.id}", work)
    services.answer(
        f"submission POST /internal/drafts/{work.id}/review", work.model_copy(update={"feedback": "Good."})
    )
    services.answer(f"task POST /internal/competitions/{competition.id}/winner", awarded)
    listed = await poster.ask("GET", f"/api/competitions/{competition.id}/submissions?limit=5")
    (shown,) = listed.json()["submissions"]
    assert [each["action"] for each in shown["next_actions"]] == [
        "list_assets",
        "leave_feedback",
        "select_winner",
    ]
    said = await poster.ask("POST", f"/api/submission-drafts/{work.id}/feedback", json={"feedback": "Good."})
    assert said.json()["feedback"] == "Good."
    chosen = await poster.ask(
        "POST", f"/api/competitions/{competition.id}/winner", json={"submission_id": str(work.id)}
    )
    assert chosen.json()["status"] == "awarded"
    assert services.asked[-1].headers.getall("Joust-After") == [f"{work.id}:4"]
