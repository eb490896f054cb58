"""The compose file and the example of its variables, held against each other."""

import re
from pathlib import Path

import pytest

from joust_embedded.own_secrets import drawn, with_secrets
from joust_embedded.prepare import PrepareSettings
from joust_evaluation.settings import EvaluationSettings
from joust_gateway.settings import GatewaySettings
from joust_kit.published_secrets import ProductionSettings
from joust_ranking.settings import RankingSettings
from joust_submission.settings import SubmissionSettings
from joust_task.settings import TaskSettings
from joust_wallet.settings import WalletSettings
from joust_webhook.settings import WebhookSettings

ROOT = Path(__file__).parent.parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "deploy" / "docker" / "Dockerfile").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
VARIABLE = re.compile(r"\$\{(JOUST_[A-Z0-9_]+):-([^}]*)\}")
SETTINGS: dict[str, type[ProductionSettings]] = {
    "PREPARE": PrepareSettings,
    "GATEWAY": GatewaySettings,
    "TASK": TaskSettings,
    "SUBMISSION": SubmissionSettings,
    "EVALUATION": EvaluationSettings,
    "RANKING": RankingSettings,
    "WALLET": WalletSettings,
    "WEBHOOK": WebhookSettings,
}
SECRETS = drawn().keys() - {"JOUST_S3_ACCESS_KEY"}
IN_PRODUCTION = {
    "JOUST_PRODUCTION": "true",
    "JOUST_ALLOW_INSECURE_TARGETS": "false",
    "JOUST_WALLET_FUNDING_PROVIDER": "none",
    "JOUST_WALLET_PAYOUT_PROVIDER": "none",
}


def defaults_of_example() -> dict[str, str]:
    lines = (line.partition("=") for line in EXAMPLE.splitlines() if line.startswith("JOUST_"))
    return {name: value for name, _, value in lines}


def test_the_example_has_every_variable_of_the_compose_file_with_its_default() -> None:
    assert set(VARIABLE.findall(COMPOSE)) == set(defaults_of_example().items())


def test_secrets_that_are_drawn_stand_in_the_place_of_the_examples_and_nothing_else_changes() -> None:
    values = drawn()
    lines = with_secrets(EXAMPLE, values).splitlines()
    changed = [new for old, new in zip(EXAMPLE.splitlines(), lines, strict=True) if old != new]
    assert changed == [f"{name}={values[name]}" for name in defaults_of_example() if name in values]
    assert values.keys() <= defaults_of_example().keys()


def test_every_port_is_on_loopback_alone() -> None:
    published = re.findall(r"ports: \[(.*)\]", COMPOSE)
    assert published
    assert all(each.startswith('"127.0.0.1:') for each in published)


@pytest.mark.parametrize("password", ["it's", "a@b:c/d-secret", "short", "x" * 200])
def test_a_password_that_would_mean_something_in_sql_or_an_address_is_refused(
    password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOUST_PREPARE_OWNER_PASSWORD", password)
    with pytest.raises(ValueError, match="owner_password"):
        PrepareSettings()


def test_the_image_has_the_same_versions_as_the_tests() -> None:
    folder = ROOT / "deploy" / "requirements"
    pin = re.compile(r"^(\S+==\S+)", re.MULTILINE)
    pinned = {
        name: set(pin.findall((folder / name).read_text())) for name in ("services.lock", "requirements.lock")
    }
    assert pinned["services.lock"] < pinned["requirements.lock"]


def test_every_image_is_of_a_version_and_can_be_named_by_its_digest() -> None:
    example = {name: value for name, value in defaults_of_example().items() if name.endswith("_IMAGE")}
    images = re.findall(r"image: (.+)", COMPOSE)
    assert all(VARIABLE.fullmatch(image) for image in images)
    assert all(re.fullmatch(r"[a-z./]+:(?!latest)\S+", image) for image in example.values())
    assert f"ARG PYTHON={example['JOUST_PYTHON_IMAGE']}\n" in DOCKERFILE
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${PYTHON}"}


def test_the_image_takes_nothing_from_outside_but_packages_by_their_hash() -> None:
    assert "--no-deps --only-binary :all: --require-hashes" in DOCKERFILE
    assert not re.search(r"\b(apt-get|curl|wget|git clone|ADD)\b", DOCKERFILE)


def given_to(service: str) -> dict[str, str]:
    """What a container of the service is given, with its variables."""
    folded = re.sub(r">-\n((?: {8}.*\n)+)", lambda found: found[1].replace("\n", "") + "\n", COMPOSE)
    aliases = dict(re.findall(r"&(\w+) (\$\{.*\})", folded))
    found = re.findall(rf"^ +(JOUST_{service}_\w+): +(\S.*)$", folded, re.MULTILINE)
    return {name: aliases.get(value.removeprefix("*"), value).strip('"') for name, value in found}


def start(service: str, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> ProductionSettings:
    """Read the settings as the service does when it starts in its container."""
    values = defaults_of_example() | variables
    for name, value in given_to(service).items():
        monkeypatch.setenv(name, VARIABLE.sub(lambda found: values[found[1]], value))
    return SETTINGS[service]()


@pytest.mark.parametrize("service", SETTINGS)
def test_in_production_nothing_starts_with_a_secret_of_the_example(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="not in production") as refused:
        start(service, IN_PRODUCTION, monkeypatch)
    known = {
        name
        for name, value in given_to(service).items()
        if SECRETS & {variable for variable, _ in VARIABLE.findall(value)}
    }
    assert known
    assert set(re.findall(r"(JOUST_\w+) holds a secret", str(refused.value))) == known
    values = defaults_of_example()
    assert not [name for name in SECRETS if values[name] in str(refused.value)]


@pytest.mark.parametrize("service", SETTINGS)
def test_in_production_a_service_starts_with_secrets_that_were_drawn(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert start(service, drawn() | IN_PRODUCTION, monkeypatch).production


@pytest.mark.parametrize(
    ("service", "variable", "refused"),
    [
        ("TASK", "JOUST_ALLOW_INSECURE_TARGETS", "JOUST_TASK_ALLOW_INSECURE_TARGETS"),
        ("WEBHOOK", "JOUST_ALLOW_INSECURE_TARGETS", "JOUST_WEBHOOK_ALLOW_INSECURE_TARGETS"),
        ("WALLET", "JOUST_WALLET_FUNDING_PROVIDER", "JOUST_WALLET_FUNDING_PROVIDER"),
        ("WALLET", "JOUST_WALLET_PAYOUT_PROVIDER", "JOUST_WALLET_PAYOUT_PROVIDER"),
    ],
)
def test_in_production_what_is_only_for_tests_is_refused(
    service: str, variable: str, refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = defaults_of_example()[variable]
    with pytest.raises(ValueError, match=f"{refused} is only for a stack of one's own"):
        start(service, drawn() | IN_PRODUCTION | {variable: local}, monkeypatch)


@pytest.mark.parametrize("service", SETTINGS)
def test_on_a_machine_of_ones_own_the_examples_secrets_are_enough(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not start(service, {}, monkeypatch).production
