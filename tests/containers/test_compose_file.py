"""The compose file and the example of its variables, held against each other."""

import re
from pathlib import Path

import pytest

from joust_embedded.own_secrets import drawn, with_secrets
from joust_embedded.prepare import PrepareSettings

ROOT = Path(__file__).parent.parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
VARIABLE = re.compile(r"\$\{(JOUST_[A-Z0-9_]+):-([^}]*)\}")


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
