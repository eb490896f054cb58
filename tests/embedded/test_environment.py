"""Who wins when the user has set a variable that the stack sets too, and what keys look like."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from joust_embedded import credentials
from joust_embedded.context import StackContext
from joust_embedded.environment import process_environment
from joust_embedded.layout import Layout
from joust_embedded.ports import choose
from joust_embedded.settings import SERVICES, EmbeddedSettings


@pytest.fixture
def context(tmp_path: Path) -> StackContext:
    """A stack that is not started."""
    settings = EmbeddedSettings(data_dir=tmp_path / "data", gateway_port=0)
    layout = Layout(settings.data_dir)
    layout.create()
    secrets = credentials.load_or_create(layout)
    return StackContext(settings, layout, secrets, choose(settings, layout.ports_file), lambda *_: None)


def test_the_users_settings_win_over_defaults(context: StackContext) -> None:
    outer = {"JOUST_WALLET_FUNDING_PROVIDER": "bank", "JOUST_WALLET_PLATFORM_FEE_BPS": "5", "HOME": "/x"}
    found = process_environment(context, "wallet", outer)
    assert found["JOUST_WALLET_FUNDING_PROVIDER"] == "bank"
    assert found["JOUST_WALLET_PLATFORM_FEE_BPS"] == "5"
    assert "HOME" not in found


def test_addresses_and_secrets_of_the_stack_win_over_the_user(context: StackContext) -> None:
    outer = {"JOUST_TASK_DATABASE_URL": "elsewhere", "JOUST_TASK_PORT": "1"}
    found = process_environment(context, "task", outer)
    assert found["JOUST_TASK_PORT"] == str(context.ports["task"])
    assert found["JOUST_TASK_DATABASE_URL"] == context.service_database_url("task")


def test_a_service_gets_nothing_of_another(context: StackContext) -> None:
    for service in SERVICES:
        prefix = f"JOUST_{service.upper()}_"
        found = process_environment(context, service, {"JOUST_TASK_X": "1", "JOUST_WEBHOOK_X": "1"})
        assert all(name.startswith(prefix) for name in found)


def test_the_gateway_alone_signs_and_knows_where_the_others_are(context: StackContext) -> None:
    gateway = process_environment(context, "gateway", {})
    for service in SERVICES[1:]:
        assert gateway[f"JOUST_GATEWAY_{service.upper()}_URL"] == context.url(service)
        assert f"JOUST_{service.upper()}_ACTOR_PRIVATE_KEY" not in process_environment(context, service, {})
    seed = base64.urlsafe_b64decode(gateway["JOUST_GATEWAY_ACTOR_PRIVATE_KEY"])
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    task = process_environment(context, "task", {})
    assert base64.urlsafe_b64decode(task["JOUST_TASK_ACTOR_PUBLIC_KEY"]) == public


def test_the_webhook_key_is_one_of_fernet(context: StackContext) -> None:
    box = Fernet(process_environment(context, "webhook", {})["JOUST_WEBHOOK_SECRETS_KEY"])
    assert box.decrypt(box.encrypt(b"x")) == b"x"


def test_secrets_are_made_once_and_readable_by_the_owner_alone(context: StackContext) -> None:
    assert credentials.load_or_create(context.layout) == context.credentials
    assert context.layout.secrets_file.stat().st_mode & 0o777 == 0o600


def test_a_secret_of_a_later_version_is_added_to_an_older_data_folder(context: StackContext) -> None:
    older = context.credentials.model_dump(exclude={"ranking_anonymity_key", "wallet_challenge_key"})
    context.layout.secrets_file.write_text(json.dumps(older))
    found = credentials.load_or_create(context.layout)
    assert found.ranking_anonymity_key
    assert found.wallet_challenge_key
    assert found.postgres_password == context.credentials.postgres_password
    assert credentials.load_or_create(context.layout) == found
