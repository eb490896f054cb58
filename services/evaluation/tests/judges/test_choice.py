"""Which judge the settings name."""

import logging
from typing import Any

import pytest

from joust_evaluation.judges.choice import choose_judge
from joust_evaluation.judges.language_model import open_model
from joust_evaluation.judges.offline import OfflineJudge
from joust_evaluation.settings import EvaluationSettings


def settings_with(**values: Any) -> EvaluationSettings:
    return EvaluationSettings(
        database_url="postgresql+asyncpg://nobody@127.0.0.1/none",
        kafka_bootstrap_servers="127.0.0.1:1",
        s3_endpoint_url="http://127.0.0.1:1",
        judge_token_key="k" * 32,  # type: ignore[arg-type]
        public_api_url="http://127.0.0.1:2",  # type: ignore[arg-type]
        **values,
    )


class TestChoice:
    """Which judge the settings name."""

    async def test_offline_is_the_default(self) -> None:
        async with choose_judge(settings_with()) as judge:
            assert isinstance(judge, OfflineJudge)

    async def test_a_model_with_a_key_is_taken_from_its_provider(self) -> None:
        settings = settings_with(judge_model="openai:gpt-5", judge_api_key="sk-secret")
        async with open_model(settings, settings.judge_model) as model:
            assert model.model_name == "gpt-5"

    @pytest.mark.parametrize(
        "model", ["nonsense", "nobody:model", "openai:gpt-5", "google-gla:gemini-3-flash"]
    )
    async def test_a_model_that_can_not_be_used_is_refused_at_the_start_with_the_fix(
        self, model: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        for variable in ("OPENAI_BASE_URL", "GOOGLE_API_KEY", "GEMINI_API_KEY"):
            monkeypatch.delenv(variable, raising=False)
        caplog.set_level(logging.CRITICAL)
        with pytest.raises(ValueError, match="JOUST_EVALUATION_JUDGE_API_KEY"):
            async with choose_judge(settings_with(judge_model=model)):
                pass
