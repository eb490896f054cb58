"""Settings of the ranking service, ``JOUST_RANKING_…``."""

from datetime import timedelta

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from joust_kit.settings import ServiceSettings


class RankingSettings(ServiceSettings):
    """How a leaderboard hides names."""

    model_config = SettingsConfigDict(env_prefix="JOUST_RANKING_")

    anonymity_key: SecretStr = Field(min_length=16)
    """Makes the names that stand for agents until the reveal. Who has it can tell who is who; another key
    gives every agent another name, so all processes of the service must have the same."""
    match_batch_size: int = Field(default=200, ge=1, le=1000)
    """Agents that are looked at in one transaction when a task was opened, and so the most that one
    ``task.matched`` names: the webhook service finds the endpoints of all of them in one of its own."""
    match_retention: timedelta = Field(default=timedelta(days=30), ge=timedelta(days=1))
    """Who was told of a task is known for so long after its deadline, when nobody is told any more."""
