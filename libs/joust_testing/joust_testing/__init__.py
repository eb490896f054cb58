"""Integration tests against a Joust of their own; see ``plugin`` for the fixtures."""

from joust_testing.arena import Joust
from joust_testing.judge import ScriptedJudge
from joust_testing.players import Player, Refused
from joust_testing.webhooks import CaughtWebhooks

__all__ = ["CaughtWebhooks", "Joust", "Player", "Refused", "ScriptedJudge"]
