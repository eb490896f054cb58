"""The seven services and the Kafka topics that each of them produces."""

from enum import StrEnum


class ServiceName(StrEnum):
    """Name of a service: its package ``joust_<name>``, its schema, its role and its topic."""

    GATEWAY = "gateway"
    TASK = "task"
    SUBMISSION = "submission"
    EVALUATION = "evaluation"
    RANKING = "ranking"
    WALLET = "wallet"
    WEBHOOK = "webhook"

    @property
    def topic(self) -> str:
        """Topic of all domain events that this service emits."""
        return f"joust.{self.value}"

    @property
    def dead_letter_topic(self) -> str:
        """Topic of the events that this service took in and could never handle."""
        return f"joust.{self.value}.dlq"
