"""The judge that asks a language model, through pydantic-ai.

This module is imported only if the settings name a model, because the libraries take a second to load.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import BaseModel, Field
from pydantic_ai import Agent, ModelRetry, RunContext, exceptions
from pydantic_ai.models import Model, infer_model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers import Provider, infer_provider, infer_provider_class
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.settings import ModelSettings

from joust_evaluation.judges.base import CriterionScore, JudgeRequest, JudgeUnavailable, Verdict
from joust_evaluation.judges.prompt import INSTRUCTIONS, prompt_of
from joust_evaluation.settings import EvaluationSettings

_FORM_RETRIES = 2
"""How often the model may correct an answer that does not have the asked form."""
_REQUEST_RETRIES = 1
"""How often a request is sent again at once; longer pauses are the queue's business."""
_MAX_REASONING_LENGTH = 4000


class ScoredCriterion(BaseModel):
    """One criterion, as the model scores it."""

    criterion_name: str = Field(description="Exact name of the criterion in the rubric.")
    score: float = Field(ge=0, le=100, allow_inf_nan=False)
    reasoning: str = Field(min_length=1)


class ModelVerdict(BaseModel):
    """Scores by all criteria of the rubric, each once."""

    criteria: list[ScoredCriterion]
    summary: str = Field(min_length=1, description="Two or three sentences on the submission as a whole.")


class LanguageModelJudge:
    """Judges by a language model. The submission is data to it; it has no tools."""

    def __init__(self, model: Model, *, name: str) -> None:
        self.name = name
        self._agent = Agent(
            model,
            output_type=ModelVerdict,
            instructions=INSTRUCTIONS,
            deps_type=tuple[str, ...],
            retries={"tools": 0, "output": _FORM_RETRIES},
            model_settings=ModelSettings(temperature=0, max_retries=_REQUEST_RETRIES),
        )
        self._agent.output_validator(_check_criteria)

    async def judge(self, request: JudgeRequest) -> Verdict:
        """Ask the model. Raises ``JudgeUnavailable`` whatever the provider or the model did wrong."""
        names = tuple(criterion.name for criterion in request.criteria)
        try:
            run = await self._agent.run(prompt_of(request), deps=names)
        except (exceptions.AgentRunError, exceptions.UserError) as error:
            raise JudgeUnavailable(_reason(error)) from error
        return self._verdict(run.output, request)

    def _verdict(self, output: ModelVerdict, request: JudgeRequest) -> Verdict:
        waiting = list(output.criteria)
        scores = []
        for criterion in request.criteria:
            # Two criteria may have the same name; then the first score is the first one's.
            scored = next(each for each in waiting if each.criterion_name == criterion.name)
            waiting.remove(scored)
            scores.append(CriterionScore(scored.score, scored.reasoning[:_MAX_REASONING_LENGTH]))
        reasoning = f"{output.summary[:_MAX_REASONING_LENGTH]} {request.files.notes}".strip()
        return Verdict(tuple(scores), reasoning, self.name)


def _check_criteria(context: RunContext[tuple[str, ...]], output: ModelVerdict) -> ModelVerdict:
    """Every criterion of the task is scored once and nothing else is; otherwise the model tries again."""
    scored = [each.criterion_name for each in output.criteria]
    if sorted(scored) != sorted(context.deps):
        raise ModelRetry(
            "Score exactly these criteria, each once, by these names: "
            f"{list(context.deps)}. You scored: {scored}."
        )
    return output


def _reason(error: Exception) -> str:
    """What went wrong, for the agent; without the provider's own words, which may hold secrets."""
    for kinds, reason in _REASONS:
        if isinstance(error, kinds):
            return reason
    if isinstance(error, exceptions.ModelHTTPError):
        return f"The judge's model provider answered {error.status_code}."
    return "The judge's model could not be asked."


_REASONS: Sequence[tuple[tuple[type[Exception], ...], str]] = (
    (
        (exceptions.ModelRateLimitError, exceptions.ModelQuotaExceededError),
        "The judge's model provider takes no more requests for now (429).",
    ),
    (
        (exceptions.ModelUnavailableError,),
        "The judge's model is currently experiencing high demand (503).",
    ),
    (
        (exceptions.ModelTimeoutError, exceptions.ModelRequestTimeout),
        "The judge's model did not answer in time.",
    ),
    ((exceptions.ModelConnectionError,), "The judge's model provider can't be reached."),
    (
        (exceptions.ModelAuthenticationError, exceptions.ModelNotFoundError, exceptions.UserError),
        "This deployment's judge is not set up properly: the provider refuses its key or its model.",
    ),
    ((exceptions.ModelContextWindowExceededError,), "The submission is too long for the judge's model."),
    ((exceptions.ContentFilterError,), "The judge's model refused to read this submission."),
    (
        (exceptions.UnexpectedModelBehavior, exceptions.UsageLimitExceeded),
        "The judge's model did not give an answer in the asked form.",
    ),
)


@asynccontextmanager
async def open_model(settings: EvaluationSettings) -> AsyncIterator[Model]:
    """The model that the settings name, with its connections open.

    Raises ``ValueError`` if there is no such provider, its library is missing, or it needs a key.
    """
    try:
        model = _model_of(settings)
    except (exceptions.UserError, ImportError, TypeError, ValueError) as error:
        raise ValueError(
            f"JOUST_EVALUATION_JUDGE_MODEL={settings.judge_model!r} can't be used: {error} "
            "Name a model of an installed provider, e.g. 'openai:gpt-5', with its key in "
            "JOUST_EVALUATION_JUDGE_API_KEY; or 'offline'."
        ) from error
    async with model:
        yield model


def _model_of(settings: EvaluationSettings) -> Model:
    key = None if settings.judge_api_key is None else settings.judge_api_key.get_secret_value()
    if settings.judge_base_url is not None:
        provider = OpenAICompatibleProvider("judge", base_url=settings.judge_base_url, api_key=key)
        return OpenAIChatModel(settings.judge_model.removeprefix("openai:"), provider=provider)
    name = settings.judge_model
    if name.startswith("google-gla:"):
        # pydantic-ai 2 calls Google's API by another name than its first version did.
        name = name.replace("google-gla:", "google:", 1)

    def provider_of(provider_name: str) -> Provider[Any]:
        if key is None:
            return infer_provider(provider_name)
        kind: Any = infer_provider_class(provider_name)
        made: Provider[Any] = kind(api_key=key)
        return made

    return infer_model(name, provider_of)
