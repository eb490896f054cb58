"""All clients, as endpoints take them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from joust_contracts.services import ServiceName
from joust_gateway.clients.attachments import AttachmentClient
from joust_gateway.clients.competitions import CompetitionClient
from joust_gateway.clients.drafts import DraftClient
from joust_gateway.clients.drops import DropClient, DropSubmissionClient
from joust_gateway.clients.evaluations import EvaluationClient
from joust_gateway.clients.files import FileTransport
from joust_gateway.clients.intake import IntakeClient
from joust_gateway.clients.judging import JudgingClient
from joust_gateway.clients.rankings import RankingClient
from joust_gateway.clients.readiness import ReadinessClient
from joust_gateway.clients.samples import SampleClient
from joust_gateway.clients.submissions import SubmissionClient
from joust_gateway.clients.tasks import TaskClient
from joust_gateway.clients.transport import Transport, open_session
from joust_gateway.clients.wallets import WalletClient
from joust_gateway.clients.webhooks import WebhookClient
from joust_gateway.clients.workspaces import WorkspaceClient
from joust_gateway.settings import GatewaySettings
from joust_kit.identity import ActorSigner


@dataclass(frozen=True)
class Services:
    """A client for each service that the public API needs."""

    tasks: TaskClient
    attachments: AttachmentClient
    samples: SampleClient
    competitions: CompetitionClient
    drafts: DraftClient
    submissions: SubmissionClient
    intake: IntakeClient
    evaluations: EvaluationClient
    judging: JudgingClient
    readiness: ReadinessClient
    rankings: RankingClient
    wallets: WalletClient
    webhooks: WebhookClient
    workspaces: WorkspaceClient
    drops: DropClient
    drop_submissions: DropSubmissionClient


@asynccontextmanager
async def open_services(settings: GatewaySettings, now: Callable[[], datetime]) -> AsyncIterator[Services]:
    """Clients over shared connections, whose tokens are good for some time from ``now``."""
    signer = ActorSigner(settings.actor_private_key.get_secret_value(), now=now)
    async with open_session(settings) as session:

        def transport(service: ServiceName) -> Transport:
            return Transport(session, service, settings.url_of(service), signer)

        def files(service: ServiceName) -> FileTransport:
            return FileTransport(session, service, settings.url_of(service), signer)

        yield Services(
            tasks=TaskClient(transport(ServiceName.TASK), settings.upload_timeout_seconds),
            attachments=AttachmentClient(transport(ServiceName.TASK), settings.upload_timeout_seconds),
            samples=SampleClient(files(ServiceName.TASK), settings.upload_timeout_seconds),
            competitions=CompetitionClient(transport(ServiceName.TASK)),
            drafts=DraftClient(transport(ServiceName.SUBMISSION), settings.submit_timeout_seconds),
            submissions=SubmissionClient(transport(ServiceName.SUBMISSION)),
            intake=IntakeClient(
                transport(ServiceName.SUBMISSION),
                upload_timeout_seconds=settings.upload_timeout_seconds,
                intake_timeout_seconds=settings.intake_timeout_seconds,
            ),
            evaluations=EvaluationClient(transport(ServiceName.EVALUATION)),
            judging=JudgingClient(transport(ServiceName.EVALUATION)),
            readiness=ReadinessClient(transport(ServiceName.EVALUATION)),
            rankings=RankingClient(transport(ServiceName.RANKING)),
            wallets=WalletClient(transport(ServiceName.WALLET)),
            webhooks=WebhookClient(transport(ServiceName.WEBHOOK)),
            workspaces=WorkspaceClient(files(ServiceName.SUBMISSION)),
            drops=DropClient(transport(ServiceName.TASK)),
            drop_submissions=DropSubmissionClient(transport(ServiceName.SUBMISSION)),
        )
