"""Secrets that everybody knows: those of ``.env.example``, which are for a machine of one's own alone."""

from collections.abc import Iterator, Mapping
from typing import Self

from pydantic import BaseModel, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_MARKS = (
    "joust-local-only",
    # "Joust, for local use only" in base64: how the keys of the example begin.
    "Sm91c3QsIGZvciBsb2NhbCB1c2Ugb25s",
    # The public key of the example's private one: who trusts it believes whoever has read the example.
    "C1k32cky1b-W9cJsqnr2e1Ohwr4RNKqlrZO-RCuwf9s",
)


class ProductionSettings(BaseSettings):
    """Settings that are refused in production if they are for a machine of one's own alone."""

    # Inputs are secrets, and would stand in the log of a process that does not start.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    production: bool = False
    """Others can come in: secrets that everybody knows, and what is only for tests, are refused."""

    @model_validator(mode="after")
    def _is_fit_for_production(self) -> Self:
        if not self.production:
            return self
        prefix = self.model_config.get("env_prefix", "")
        wrong = [f"{prefix}{name.upper()} holds a secret that everybody knows" for name in published(self)]
        wrong += [f"{prefix}{name.upper()} is only for a stack of one's own" for name in self.only_local()]
        if wrong:
            raise ValueError(f"not in production: {'; '.join(wrong)}. Set others (`make secrets` draws them)")
        return self

    def only_local(self) -> Iterator[str]:
        """Names of the settings that allow, as they are, what is only for tests."""
        yield from ()


def published(settings: BaseModel) -> list[str]:
    """Names of the fields that hold a secret of the example, also as a part of an address."""
    return [
        name for name, value in settings if any(mark in text for text in _texts(value) for mark in _MARKS)
    ]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    else:
        yield str(value)
