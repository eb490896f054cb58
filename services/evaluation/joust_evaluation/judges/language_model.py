"""The judge that asks a language model, through pydantic-ai.

This module is imported only if the settings name a model, because the libraries take a second to load.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

from pydantic_ai import Agent, ModelRetry, RunContext, exceptions
from pydantic_ai.models import Model, infer_model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers import Provider, infer_provider, infer_provider_class
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.settings import ModelSettings

from joust_contracts.base import round_score
from joust_evaluation.judges.answer import ModelVerdict
from joust_evaluation.judges.base import (
    Judge,
    JudgeIdentity,
    JudgeRequest,
    JudgeUnavailable,
    Prompt,
    Verdict,
    Vote,
)
from joust_evaluation.judges.comparing import Comparison, ComparisonRequest, Opinion
from joust_evaluation.judges.comparing_prompt import (
    COMPARING_INSTRUCTIONS,
    ModelComparison,
    ScoredAnswer,
    comparing_prompt,
    letters_of,
)
from joust_evaluation.judges.panel import PanelJudge
from joust_evaluation.judges.prompt import INSTRUCTIONS, PROMPT_VERSION, prompt_of
from joust_evaluation.judges.reading import usage_of, verdict_of
from joust_evaluation.settings import EvaluationSettings, Price, provider_of_model

_FORM_RETRIES = 2
"""How often the model may correct an answer that does not have the asked form."""
MAX_RATIONALE = 2000
"""Characters of what is said of one answer; an event carries five of them."""
_REQUEST_RETRIES = 1
"""How often a request is sent again at once; longer pauses are the queue's business."""


class LanguageModelJudge:
    """Judges by a language model. The submission is data to it; it has no tools."""

    def __init__(self, model: Model, *, name: str, price: Price | None = None) -> None:
        self.model = name
        self.identity = JudgeIdentity(name, name, PROMPT_VERSION)
        self._price = price
        self._agent = Agent(
            model,
            output_type=ModelVerdict,
            instructions=INSTRUCTIONS,
            deps_type=tuple[str, ...],
            retries={"tools": 0, "output": _FORM_RETRIES},
            model_settings=ModelSettings(temperature=0, max_retries=_REQUEST_RETRIES),
        )
        self._agent.output_validator(_check_criteria)
        self._comparer = Agent(
            model,
            output_type=ModelComparison,
            instructions=COMPARING_INSTRUCTIONS,
            deps_type=tuple[str, ...],
            retries={"tools": 0, "output": _FORM_RETRIES},
            model_settings=ModelSettings(temperature=0, max_retries=_REQUEST_RETRIES),
        )
        self._comparer.output_validator(_check_letters)

    async def judge(self, request: JudgeRequest) -> Verdict:
        """Ask the model. Raises ``JudgeUnavailable`` whatever the provider or the model did wrong."""
        return await self.answer(prompt_of(request), request)

    async def answer(self, prompt: str, request: JudgeRequest) -> Verdict:
        """Ask the model by ``prompt``, which was made of ``request``. Raises as ``judge``."""
        names = tuple(criterion.name for criterion in request.criteria)
        began = time.monotonic()
        try:
            run = await self._agent.run(prompt, deps=names)
        except (exceptions.AgentRunError, exceptions.UserError) as error:
            raise JudgeUnavailable(_reason(error)) from error
        used = run.usage
        usage = usage_of(used.requests, used.input_tokens, used.output_tokens, self._price)
        verdict = verdict_of(run.output, request, self.model)
        vote = Vote(
            self.model,
            round(time.monotonic() - began, 3),
            tuple(each.score for each in verdict.scores),
            usage,
        )
        return replace(verdict, usage=usage, prompt=Prompt(INSTRUCTIONS, prompt), votes=(vote,))

    async def compare(self, request: ComparisonRequest) -> Comparison:
        """Ask for all entries together, in both orders at once, and take the mean: no place is a merit.

        Raises ``JudgeUnavailable`` as ``judge``.
        """
        forward = tuple(range(len(request.entries)))
        orders = {forward, forward[::-1]}
        asked = await asyncio.gather(*(self._compare_in(request, order) for order in sorted(orders)))
        return Comparison(
            opinions=tuple(_mean_opinion([scored[entry] for scored, _ in asked]) for entry in forward),
            judge=self.model,
            prompts=tuple(prompt for _, prompt in asked),
            by_order=tuple(tuple(scored[entry].score for entry in forward) for scored, _ in asked),
        )

    async def _compare_in(
        self, request: ComparisonRequest, order: tuple[int, ...]
    ) -> tuple[dict[int, ScoredAnswer], Prompt]:
        prompt, letters = comparing_prompt(request, order), letters_of(len(order))
        try:
            run = await self._comparer.run(prompt, deps=letters)
        except (exceptions.AgentRunError, exceptions.UserError) as error:
            raise JudgeUnavailable(_reason(error)) from error
        scored = {order[letters.index(each.letter)]: each for each in run.output.answers}
        return scored, Prompt(COMPARING_INSTRUCTIONS, prompt)


def _mean_opinion(scored: Sequence[ScoredAnswer]) -> Opinion:
    mean = sum(each.score for each in scored) / len(scored)
    return Opinion(round_score(mean), scored[0].rationale[:MAX_RATIONALE])


def _check_letters(context: RunContext[tuple[str, ...]], output: ModelComparison) -> ModelComparison:
    """Every answer is scored once and nothing else is; otherwise the model tries again."""
    scored = sorted(each.letter for each in output.answers)
    if scored != list(context.deps):
        raise ModelRetry(
            f"Score exactly these answers, each once: {list(context.deps)}. You scored: {scored}."
        )
    return output


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
async def open_judge(settings: EvaluationSettings) -> AsyncIterator[Judge]:
    """One model, or a panel, as the settings have it, with connections open.

    Raises ``ValueError`` if there is no such provider, its library is missing, or it needs a key.
    """
    async with AsyncExitStack() as stack:
        members = [
            LanguageModelJudge(
                await stack.enter_async_context(open_model(settings, name)),
                name=name,
                price=settings.judge_prices.get(name),
            )
            for name in settings.panel_models
        ]
        if len(members) == 1:
            yield members[0]
        else:
            yield PanelJudge(members, vote_seconds=settings.vote_seconds)


@asynccontextmanager
async def open_model(settings: EvaluationSettings, name: str) -> AsyncIterator[Model]:
    """A model with its connections open. Raises ``ValueError`` as ``open_judge``."""
    try:
        model = _model_of(settings, name)
    except (exceptions.UserError, ImportError, TypeError, ValueError) as error:
        raise ValueError(
            f"The judge's model {name!r} can't be used: {error} Name in JOUST_EVALUATION_JUDGE_MODEL or "
            "JOUST_EVALUATION_JUDGE_PANEL models of an installed provider, e.g. 'openai:gpt-5', with "
            "the key in JOUST_EVALUATION_JUDGE_API_KEY or in the provider's own variable; or 'offline'."
        ) from error
    async with model:
        yield model


def _model_of(settings: EvaluationSettings, name: str) -> Model:
    # The key and the address are those of the provider of the first model; others have their own variables.
    is_ours = provider_of_model(name) == provider_of_model(settings.judge_model)
    secret = settings.judge_api_key if is_ours else None
    key = None if secret is None else secret.get_secret_value()
    address = settings.judge_base_url if is_ours else None
    provider_name, _, model_name = name.partition(":")
    if address is not None and provider_name == "openai":
        return OpenAIChatModel(
            model_name, provider=OpenAICompatibleProvider("judge", base_url=address, api_key=key)
        )
    # pydantic-ai 2 calls Google's API by another name than its first version did.
    inferred = f"google:{model_name}" if provider_name == "google-gla" else name

    def provider_of(wanted: str) -> Provider[Any]:
        if key is None and address is None:
            return infer_provider(wanted)
        kind: Any = infer_provider_class(wanted)
        made: Provider[Any] = kind(api_key=key) if address is None else kind(api_key=key, base_url=address)
        return made

    return infer_model(inferred, provider_of)
