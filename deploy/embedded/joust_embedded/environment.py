"""The environment of each process: addresses and secrets of this stack, and the user's own settings."""

import json
from collections.abc import Mapping

from joust_embedded.context import BUCKET, StackContext
from joust_embedded.sandboxes import has_sandbox
from joust_embedded.settings import SERVICES, service_of


def process_environment(context: StackContext, process: str, outer: Mapping[str, str]) -> dict[str, str]:
    """The ``JOUST_*`` variables of a process of a service.

    What the user has set in ``outer`` wins over defaults, and never over an address or a secret of the stack.
    """
    service = service_of(process)
    prefix = f"JOUST_{service.upper()}_"
    own = {name: value for name, value in outer.items() if name.startswith(prefix)}
    fixed = {f"{prefix}{name}": value for name, value in _fixed(context, service).items()}
    fixed[f"{prefix}PORT"] = str(context.ports[process])
    # Of no two processes the same, and of one and its successor always.
    instance = {f"{prefix}CONSUMER_INSTANCE_ID": process if "-" in process else f"{process}-1"}
    return instance | _defaults(context, service, outer) | own | fixed


def _defaults(context: StackContext, service: str, outer: Mapping[str, str]) -> dict[str, str]:
    if service == "webhook":
        return {"JOUST_WEBHOOK_ALLOW_INSECURE_TARGETS": "true"}
    if service == "task":
        modes = json.dumps(_modes_that_can_be_judged(outer))
        suites = json.dumps(has_sandbox(outer))
        return {
            "JOUST_TASK_ALLOW_INSECURE_TARGETS": "true",
            "JOUST_TASK_EVAL_MODES": modes,
            "JOUST_TASK_TEST_SUITES": suites,
        }
    if service == "evaluation":
        return {
            "JOUST_EVALUATION_PUBLIC_API_URL": context.url("gateway"),
            "JOUST_EVALUATION_CONTAINER_LOCAL_IMAGES": "true",
        }
    if service == "wallet":
        return {"JOUST_WALLET_FUNDING_PROVIDER": "test", "JOUST_WALLET_PAYOUT_PROVIDER": "test"}
    return {}


def _modes_that_can_be_judged(outer: Mapping[str, str]) -> list[str]:
    """What the evaluation service of this stack can do decides what the task service lets in."""
    modes = ["llm", "external"]
    if outer.get("JOUST_EVALUATION_DOCKER_URL"):
        modes += ["container", "hybrid"]
    return modes


def _fixed(context: StackContext, service: str) -> dict[str, str]:
    secrets = context.credentials
    values = {
        "HOST": context.settings.host,
        "DATABASE_URL": context.service_database_url(service),
        "KAFKA_BOOTSTRAP_SERVERS": context.address("kafka"),
        "S3_ENDPOINT_URL": context.url("s3"),
        "S3_PUBLIC_URL": context.url("s3"),
        "S3_ACCESS_KEY": secrets.s3_access_key,
        "S3_SECRET_KEY": secrets.s3_secret_key,
        "S3_BUCKET": BUCKET,
    }
    if service == "webhook":
        values["SECRETS_KEY"] = secrets.webhook_secrets_key
    if service in {"evaluation", "webhook"}:
        values["JUDGE_TOKEN_KEY"] = secrets.judge_token_key
    if service == "ranking":
        values["ANONYMITY_KEY"] = secrets.ranking_anonymity_key
    if service == "wallet":
        values["CHALLENGE_KEY"] = secrets.wallet_challenge_key
    if service != "gateway":
        return values | {"ACTOR_PUBLIC_KEY": secrets.actor_public_key}
    urls = {f"{other.upper()}_URL": context.urls_of(other) for other in SERVICES if other != "gateway"}
    return values | urls | {"ACTOR_PRIVATE_KEY": secrets.actor_private_key}
