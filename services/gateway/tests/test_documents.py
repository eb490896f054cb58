"""The OpenAPI document, and the page that shows it."""

import re
from typing import Any

import pytest
from openapi_spec_validator import validate
from pydantic import TypeAdapter

from joust_contracts.internal.drops import Enforced, Feed
from joust_contracts.vocabulary import WebhookEventType
from joust_gateway.dialects.a2gig.examples import competitions, leaderboards, profiles
from joust_gateway.dialects.a2gig.examples import submissions as handed_in
from joust_gateway.dialects.a2gig.schemas import submissions as a2gig
from joust_gateway.dialects.a2gig.schemas.assets import (
    Asset,
    AssetList,
    AssetPage,
    FinishedParts,
    NewAssets,
    Parts,
)
from joust_gateway.dialects.a2gig.schemas.competitions import (
    Choice,
    Competition,
    CompetitionChanges,
    CompetitionList,
    DeletedDraft,
    Entry,
    Joining,
    NewCompetition,
    Publication,
)
from joust_gateway.dialects.a2gig.schemas.leaderboards import Leaderboard as CompetitionLeaderboard
from joust_gateway.dialects.a2gig.schemas.profiles import Profile
from joust_gateway.dialects.a2gig.schemas.submissions import DraftChanges, Feedback, Handover, NewDraft
from joust_gateway.dialects.drops import examples as drop_examples
from joust_gateway.dialects.drops import schemas as drops
from joust_gateway.dialects.straw import examples
from joust_gateway.dialects.straw.examples import (
    attachments,
    dashboards,
    discovery,
    events,
    lifecycle,
    payouts,
    uploads,
    webhooks,
    workspace_files,
    workspaces,
)
from joust_gateway.dialects.straw.schemas.attachments import Attachment, DeletedAttachment
from joust_gateway.dialects.straw.schemas.common import Listing
from joust_gateway.dialects.straw.schemas.dashboards import DashboardSubmission, Stats
from joust_gateway.dialects.straw.schemas.discovery import FoundTasks, OpenTask
from joust_gateway.dialects.straw.schemas.events import Events, EventTypes
from joust_gateway.dialects.straw.schemas.lifecycle import (
    OwnSubmission,
    ReEvaluation,
    SubmissionDetails,
    SubmissionState,
    TaskSubmission,
)
from joust_gateway.dialects.straw.schemas.money import Balance, Deal, Deposit, NewDeal, NewDeposit
from joust_gateway.dialects.straw.schemas.payouts import (
    NewPayout,
    SignedChallenge,
    WalletChallenge,
    WalletConfiguration,
    WalletVerification,
)
from joust_gateway.dialects.straw.schemas.submissions import QuickSubmission, Submission, Submitted
from joust_gateway.dialects.straw.schemas.tasks import (
    Leaderboard,
    ListedTask,
    Rubric,
    Task,
    TaskChanges,
    TaskDetail,
    TaskDraft,
)
from joust_gateway.dialects.straw.schemas.uploads import (
    Completed,
    NewSubmission,
    Preflight,
    RegisteredSubmission,
    RenewedUpload,
    Uploaded,
)
from joust_gateway.dialects.straw.schemas.webhooks import CreatedWebhook, NewWebhook, Webhook, WebhookTest
from joust_gateway.dialects.straw.schemas.workspace_files import (
    FinishedWorkspaceUpload,
    NewWorkspaceFile,
    NewWorkspaceUpload,
    WorkspaceFile,
    WorkspaceFileQuota,
    WorkspaceUpload,
)
from joust_gateway.dialects.straw.schemas.workspaces import (
    NewValue,
    WorkspaceEntry,
    WorkspaceListing,
    WorkspaceQuota,
    WorkspaceValue,
)
from joust_kit.testing.component import ServiceUnderTest

DROPS: list[tuple[Any, Any]] = [
    (drops.RunJob, drop_examples.RUN),
    (drops.Estimate, drop_examples.ESTIMATE),
    (drops.Job, drop_examples.OPEN_JOB),
    (drops.Job, drop_examples.PENDING_JOB),
    (drops.Job, drop_examples.CANCELLED_JOB),
    (drops.Job, drop_examples.VERIFIED_JOB),
    (drops.PaymentRequired, drop_examples.UNPAID),
    (drops.Jobs, drop_examples.JOBS),
    (drops.Board, drop_examples.BOARD),
    (drops.ClaimJob, drop_examples.CLAIMING),
    (drops.Claim, drop_examples.CLAIM),
    (drops.SubmitJob, drop_examples.SUBMITTING),
    (drops.Submitted, drop_examples.SUBMITTED),
    (drops.Submitted, drop_examples.SUBMITTED_PENDING),
    (drops.Submissions, drop_examples.SUBMISSIONS),
    (drops.WorkerStatus, drop_examples.WORKER),
    (Feed, drop_examples.FEED),
    (Enforced, drop_examples.ENFORCED),
]
EXAMPLES: list[tuple[Any, Any]] = [
    (TaskDraft, examples.NEW_TASK),
    (TaskChanges, examples.TASK_CHANGES),
    (Rubric, examples.RUBRIC),
    (Task, examples.DRAFT),
    (Task, examples.OPEN_TASK),
    (Task, examples.CLOSED_TASK),
    (TaskDetail, examples.TASK_DETAIL),
    (Listing[ListedTask], examples.TASKS),
    (Leaderboard, examples.LEADERBOARD),
    (Attachment, attachments.ATTACHMENT),
    (DeletedAttachment, attachments.DELETED),
    (Listing[OpenTask], discovery.OPEN_TASKS),
    (FoundTasks, discovery.FOUND_TASKS),
    (QuickSubmission, examples.QUICK_SUBMISSION),
    (Submitted, examples.SUBMITTED),
    (Submission, examples.SUBMISSION),
    (ReEvaluation, lifecycle.RE_EVALUATION),
    (SubmissionState, lifecycle.STATUS),
    (SubmissionDetails, lifecycle.DETAILS),
    (Listing[OwnSubmission], lifecycle.OWN_SUBMISSIONS),
    (Listing[TaskSubmission], lifecycle.TASK_SUBMISSIONS),
    (NewDeposit, examples.NEW_DEPOSIT),
    (Deposit, examples.DEPOSIT),
    (Balance, examples.BALANCE),
    (NewDeal, examples.NEW_DEAL),
    (Deal, examples.DEAL),
    (Listing[Deal], examples.DEALS),
    (NewWebhook, webhooks.NEW_WEBHOOK),
    (CreatedWebhook, webhooks.CREATED_WEBHOOK),
    (Listing[Webhook], webhooks.WEBHOOKS),
    (Webhook, webhooks.DEACTIVATED),
    (WebhookTest, webhooks.TEST),
    (Events, events.EVENTS),
    (EventTypes, events.EVENT_TYPES),
    (Stats, dashboards.STATS),
    (Listing[DashboardSubmission], dashboards.SUBMISSIONS),
    (NewPayout, payouts.NEW_PAYOUT),
    (WalletConfiguration, payouts.PAYOUT),
    (WalletConfiguration, payouts.VERIFIED_PAYOUT),
    (WalletChallenge, payouts.CHALLENGE),
    (SignedChallenge, payouts.SIGNED_CHALLENGE),
    (WalletVerification, payouts.VERIFICATION),
    (NewValue, workspaces.NEW_VALUE),
    (WorkspaceValue, workspaces.VALUE),
    (WorkspaceListing[WorkspaceEntry], workspaces.ENTRIES),
    (WorkspaceQuota, workspaces.QUOTA),
    (NewSubmission, uploads.NEW_SUBMISSION),
    (RegisteredSubmission, uploads.REGISTERED),
    (RenewedUpload, uploads.RENEWED),
    (Uploaded, uploads.UPLOADED),
    (Completed, uploads.COMPLETED),
    (Preflight, uploads.PREFLIGHT),
    (NewWorkspaceFile, workspace_files.NEW_FILE),
    (WorkspaceFile, workspace_files.FILE),
    (WorkspaceListing[WorkspaceFile], workspace_files.FILES),
    (NewWorkspaceUpload, workspace_files.NEW_UPLOAD),
    (WorkspaceUpload, workspace_files.UPLOAD),
    (FinishedWorkspaceUpload, workspace_files.FINISHED_UPLOAD),
    (WorkspaceFileQuota, workspace_files.FILE_QUOTA),
    (Profile, profiles.PROFILE),
    *DROPS,
    (NewCompetition, competitions.NEW_COMPETITION),
    (CompetitionChanges, competitions.CHANGES),
    (Competition, competitions.DRAFT),
    (Competition, competitions.OPEN),
    (CompetitionList, competitions.COMPETITIONS),
    (DeletedDraft, competitions.DELETED),
    (Publication, competitions.PUBLICATION),
    (Joining, competitions.JOINING),
    (Entry, competitions.ENTRY),
    (Choice, competitions.CHOICE),
    (Competition, competitions.AWARDED),
    (CompetitionLeaderboard, leaderboards.LEADERBOARD),
    (NewDraft, handed_in.NEW_DRAFT),
    (DraftChanges, handed_in.CHANGES),
    (a2gig.Submission, handed_in.DRAFT),
    (a2gig.Submission, handed_in.REVIEWED),
    (a2gig.SubmissionList, handed_in.SUBMISSIONS),
    (Handover, handed_in.HANDOVER),
    (Feedback, handed_in.FEEDBACK),
    (NewAssets, handed_in.NEW_ASSETS),
    (AssetList, handed_in.PRESIGNED),
    (Asset, handed_in.UPLOADED),
    (AssetPage, handed_in.ASSETS),
    (Parts, handed_in.PARTS),
    (FinishedParts, handed_in.FINISHED_PARTS),
]

ALWAYS_ANSWERED = {
    "PUT /api/v1/workspace/kv/{key}",
    "DELETE /api/v1/workspace/kv/{key}",
    "DELETE /api/v1/workspace/files/{path}",
}
"""Of a name that the caller chooses, absent or not."""

KEEP_NO_KEY = {
    "POST /api/v1/submissions/{submission_id}/upload",
    "POST /api/v1/wallet/deposits/stripe-events",
    "POST /api/v1/tasks/{task_id}/preflight",
}
"""They carry bytes, and the same bytes again change nothing."""


@pytest.fixture(scope="module")
def document(gateway: ServiceUnderTest) -> dict[str, Any]:
    return gateway.app.openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_document_is_valid_openapi_31(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_operation_has_a_name_a_description_and_examples(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for place, operation in operations(document):
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operation["operationId"]), place
        assert operation["summary"], place
        assert operation["description"], place
        if "requestBody" in operation:
            content = operation["requestBody"]["content"].values()
            # Bytes have no example that could be shown.
            shown = [each for each in content if each.get("schema", {}).get("type") != "string"]
            assert all(each["example"] for each in shown), place
        successes = {status: answer for status, answer in operation["responses"].items() if status[0] == "2"}
        # That there is nothing to answer needs no example.
        assert "content" not in successes.pop("204", {}), place
        assert successes, place
        for success in successes.values():
            assert all("example" in content for content in success["content"].values()), place


def test_every_operation_declares_its_refusals_with_examples(document: dict[str, Any]) -> None:
    for place, operation in operations(document):
        statuses = set(operation["responses"])
        assert {"400", "422", "429", "500", "503"} <= statuses, place
        assert "security" not in operation or {"401", "403"} <= statuses, place
        assert "{" not in place or "404" in statuses or place in ALWAYS_ANSWERED, place
        for status, answer in operation["responses"].items():
            if status >= "400":
                shown = answer["content"]["application/json"]["examples"]
                assert all(example["value"]["error"]["code"] == code for code, example in shown.items()), (
                    place
                )


def test_every_post_takes_an_idempotency_key_but_those_that_say_why_not(document: dict[str, Any]) -> None:
    for place, operation in operations(document):
        names = [parameter["name"] for parameter in operation.get("parameters", [])]
        takes_one = place.startswith("POST") and place not in KEEP_NO_KEY
        assert ("Idempotency-Key" in names) == takes_one, place
        assert place not in KEEP_NO_KEY or "takes no Idempotency-Key" in " ".join(
            operation["description"].split()
        )


def test_all_webhooks_are_described(document: dict[str, Any]) -> None:
    assert set(document["webhooks"]) == {
        *(kind.value for kind in WebhookEventType),
        "webhook.test",
        "external_eval_request",
    }
    for kind, methods in document["webhooks"].items():
        example = methods["post"]["requestBody"]["content"]["application/json"]["example"]
        assert example.get("type", example.get("event")) == kind


@pytest.mark.parametrize(("model", "example"), EXAMPLES)
def test_an_example_is_what_the_api_really_takes_or_gives(model: Any, example: Any) -> None:
    adapter = TypeAdapter(model)
    given = adapter.dump_python(
        adapter.validate_python(example), mode="json", by_alias=True, exclude_unset=True
    )
    assert {key: given[key] for key in example} == example


async def test_the_page_loads_nothing_from_elsewhere(gateway: ServiceUnderTest) -> None:
    page = await gateway.http.get("/docs")
    assert page.status_code == 200
    sources = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text)
    assert len(sources) == 3
    for source in sources:
        assert source.startswith("/docs/")
        asset = await gateway.http.get(source)
        assert (asset.status_code, bool(asset.content)) == (200, True)
    assert "//" not in page.text.replace("<!--", "").split("<script>")[0].replace("</", "")
