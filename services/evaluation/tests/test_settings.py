"""Settings that can't be wrong, and a start that stays fast."""

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from joust_evaluation.bootstrap import create_service, limits_of
from joust_evaluation.settings import READ_TIMEOUT_SECONDS, EvaluationSettings


def settings_with(**values: Any) -> EvaluationSettings:
    needed = {
        "database_url": "postgresql+asyncpg://nobody@127.0.0.1/none",
        "kafka_bootstrap_servers": "127.0.0.1:1",
        "s3_endpoint_url": "http://127.0.0.1:1",
        "judge_token_key": "k" * 32,
        "public_api_url": "http://127.0.0.1:2",
        "s3_access_key": "key",
        "s3_secret_key": "secret",
    }
    return EvaluationSettings(**{**needed, **values})


QUICK = ("evaluate", "evaluate_again")


def test_a_lease_that_is_not_renewed_is_longer_than_two_evaluations_in_a_row() -> None:
    settings = settings_with()
    jobs = {job.queue: job for job in create_service(settings).jobs}
    in_a_row = READ_TIMEOUT_SECONDS + settings.build_check_seconds + settings.judgement_seconds
    for queue in QUICK:
        assert not jobs[queue].renews_lease
        assert jobs[queue].lease_seconds == settings.lease_seconds >= 2 * in_a_row


@pytest.mark.parametrize("values", [{"judge_model": "openai:gpt-5"}, {"judge_timeout_seconds": 300}])
def test_what_a_slow_judge_has_in_hand_waits_no_longer_for_another_worker(values: dict[str, Any]) -> None:
    jobs = {job.queue: job for job in create_service(settings_with(**values)).jobs}
    assert [(jobs[queue].lease_seconds, jobs[queue].renews_lease) for queue in QUICK] == [(30, True)] * 2


def test_the_lease_of_long_work_is_short_and_renewed() -> None:
    settings = settings_with(judge_timeout_seconds=300, long_workers=5)
    jobs = {job.queue: job for job in create_service(settings).jobs}
    long = jobs["evaluate_long"]
    assert (long.lease_seconds, long.renews_lease, long.max_workers) == (30, True, 5)


def test_the_offline_judge_has_a_lease_of_little_more_than_half_a_minute() -> None:
    assert settings_with().lease_seconds == 36


def test_a_language_model_gets_more_time_than_counting() -> None:
    assert settings_with(judge_model="openai:gpt-5").judgement_seconds == 60


def test_a_server_without_a_model_is_refused_with_the_fix() -> None:
    with pytest.raises(ValidationError, match="JOUST_EVALUATION_JUDGE_MODEL to 'openai:'"):
        settings_with(judge_base_url="http://127.0.0.1:11434/v1")


def test_a_panel_is_a_number_of_votes_or_several_models() -> None:
    def models(**values: Any) -> tuple[str, ...]:
        return settings_with(judge_model="openai:a", **values).panel_models

    assert models() == ("openai:a",)
    assert models(judge_panel="3") == ("openai:a",) * 3
    assert models(judge_panel="openai:a, google-gla:b") == ("openai:a", "google-gla:b")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"judge_panel": "3"}, "the offline judge always says the same"),
        ({"judge_model": "openai:a", "judge_panel": "0"}, "1 to 15 votes"),
        ({"judge_model": "openai:a", "judge_panel": "16"}, "1 to 15 votes"),
        ({"judge_model": "openai:a", "judge_panel": ","}, "1 to 15 votes"),
        ({"judge_model": "openai:a", "judge_panel": "openai:b,openai:a"}, "begins with the model"),
    ],
)
def test_a_panel_that_can_not_vote_is_refused_with_the_fix(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        settings_with(**values)


def test_the_service_can_not_do_without_storage() -> None:
    with pytest.raises(ValidationError):
        settings_with(s3_endpoint_url="")


def test_the_key_is_not_shown() -> None:
    assert "sk-secret" not in repr(settings_with(judge_api_key="sk-secret"))


def test_limits_of_the_reader_are_settings() -> None:
    limits = limits_of(settings_with(max_unpacked_bytes=7, max_artifact_files=3, judge_max_characters=1000))
    assert (limits.max_unpacked_bytes, limits.max_files, limits.max_characters) == (7, 3, 1000)


def test_the_service_starts_without_loading_the_model_libraries() -> None:
    code = (
        "import sys, joust_evaluation.bootstrap; print('pydantic_ai' in sys.modules, 'openai' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["False", "False"]
