"""Settings of the evaluation service, ``JOUST_EVALUATION_…``."""

import hashlib
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from joust_kit.derived_secrets import check_keys
from joust_kit.settings import ServiceSettings

OFFLINE = "offline"
READ_TIMEOUT_SECONDS = 10.0
"""Longest that fetching an artifact from storage may take."""
LONGEST_LEASE_SECONDS = 40.0
"""Work that needs a longer lease renews a short one. The offline judge's work does not."""
SETTING_UP_SECONDS = 120.0
"""Longest that everything around the poster's own time limit may take: unpacking, an image, cleaning up."""


_VOTE_SHARE = 0.9
"""Of the time for a judgement, for each vote of a panel: a late one must not cost the others theirs."""
MAX_VOTES = 15


class SandboxKind(StrEnum):
    """What executes submitted code."""

    AUTO = "auto"
    """Bubblewrap, else containers if engine and image are named; if neither works, nothing is executed."""
    BUBBLEWRAP = "bubblewrap"
    CONTAINER = "container"
    """Containers of ``sandbox_image`` in the engine of ``docker_url``."""
    NONE = "none"


class Price(BaseModel):
    """What a model costs, in US dollars for a million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)


class EvaluationSettings(ServiceSettings):
    """Which judge speaks, and how much it is given to read."""

    model_config = SettingsConfigDict(env_prefix="JOUST_EVALUATION_")

    s3_endpoint_url: str = Field(min_length=1)
    """Artifacts lie in the object store, so the service can't do without it."""

    judge_model: str = Field(default=OFFLINE, min_length=1)
    """``offline``, or a language model in pydantic-ai's notation, e.g. ``openai:gpt-5``."""
    judge_base_url: str | None = None
    """Address of an OpenAI-compatible server, e.g. ``http://127.0.0.1:11434/v1``; the model is then
    ``openai:<its name there>``. Or of a stand-in for Google's API, for models ``google-gla:…``."""
    judge_api_key: SecretStr | None = None
    """Key for the provider of ``judge_model``; without it pydantic-ai reads the provider's own variable."""
    judge_panel: str = ""
    """How many votes ``judge_model`` gives, e.g. ``3``; or several models with commas between, each of which
    gives one. Empty for a single vote. Scores are then the medians by criterion."""
    judge_prices: dict[str, Price] = Field(default_factory=dict)
    """Prices by model, as JSON: ``{"openai:gpt-5": {"input": 1.25, "output": 10}}``, in US dollars for a
    million tokens. The cost of a judgement by a model that is not listed is unknown."""
    judge_timeout_seconds: float | None = Field(default=None, gt=0, le=1800)
    """Longest that one judgement may take, with the model's retries; default 60, for the offline judge 5."""
    judge_max_characters: int = Field(default=200_000, ge=1000)
    """Characters of a submission that the judge is given; with about 50,000 tokens this fits the context of
    every current model. What is left out is named in the judgement."""

    judge_token_key: Annotated[SecretStr, AfterValidator(check_keys)]
    """Callback tokens of external tasks are derived from it, and the secrets that sign their requests. The
    webhook service has the same. At least 32 random characters, e.g. ``openssl rand -hex 32``. To change it,
    put the new key before the old one with a comma between them: the first derives, all are recognised."""
    public_api_url: HttpUrl
    """Where posters' judges reach the gateway, e.g. ``https://api.example.com``; callback URLs begin so."""
    external_deadline: timedelta = Field(default=timedelta(hours=24), gt=timedelta())
    """How long a poster's judge may take; then the submission becomes ``evaluation_failed``."""
    external_lease: timedelta = Field(default=timedelta(minutes=10), gt=timedelta())
    """How long a judge that came for its work has it for itself, unless it asks for longer."""

    readiness_margin: float = Field(default=10, gt=0, le=100, allow_inf_nan=False)
    """By how many points a judge must score a draft's reference above its cheating sample to be ready."""

    quick_workers: int = Field(default=2, ge=1, le=64)
    """Evaluations at once that only read and score."""
    long_workers: int = Field(default=2, ge=1, le=64)
    """Evaluations at once that execute something of the poster's or the agent's."""

    sandbox: SandboxKind = SandboxKind.AUTO
    """What executes submitted code. One that is named and does not work keeps the service from starting."""
    sandbox_image: str | None = Field(default=None, min_length=1)
    """The image in which submitted programs run, if containers are the sandbox, e.g. ``python:3.13-slim``. It
    needs a shell and the tools of the languages, and may hold no secret: programs can read all of it."""
    sandbox_folder: Path | None = None
    """Where submissions are unpacked for the sandbox; by default the folder for temporary files."""
    sandbox_spares: int = Field(default=2, ge=0, le=64)
    """Sandboxes of bubblewrap that wait for the next programs, once a process has run one; or none."""
    sandbox_memory_mb: int = Field(default=512, ge=64)
    """Mebibytes that a submitted program may use, all its processes together."""
    build_check: bool = True
    """Whether the tools of its language read a submission before the judge does."""
    build_check_seconds: float = Field(default=3, gt=0, le=60)
    """Longest that this may take."""
    case_seconds: float = Field(default=10, gt=0, le=600)
    """Longest that a program may take for one case of a test suite. All cases together have the task's
    ``eval_timeout_seconds``."""
    case_output_bytes: int = Field(default=262_144, ge=1024, le=4_000_000)
    """Most that a program may write for one case."""

    max_artifact_bytes: int = Field(default=100_000_000, ge=1)
    """Bytes of the packed artifact (Straw document, ``submission_modes``: 100MB, decimal)."""
    max_unpacked_bytes: int = Field(default=100_000_000, ge=1)
    """Bytes of all files of an artifact; as much as the submission service lets in."""
    max_artifact_files: int = Field(default=10_000, ge=1, le=100_000)

    docker_url: str | None = None
    """The engine that runs posters' images, e.g. ``unix:///var/run/docker.sock``; without it tasks in modes
    ``container`` and ``hybrid`` can't be published. Who can talk to an engine is root on its machine: give it
    a machine of its own."""
    container_runtime: str | None = None
    """An engine's runtime that confines more than its default does, e.g. ``runsc``."""
    container_network: str | None = None
    """The engine's network for tasks with ``eval_network``, which can't be published without it. It must lead
    to the public internet alone: what an image may reach there, its poster may reach."""
    container_registries: frozenset[str] = frozenset({"docker.io", "ghcr.io", "quay.io", "public.ecr.aws"})
    """Where images may come from. The engine connects there, so none may be within."""
    container_local_images: bool = False
    """Also run images that lie in the engine and in no registry, for a stack on one machine."""
    container_max_image_bytes: int = Field(default=5_000_000_000, ge=1)
    container_pull_seconds: float = Field(default=300, gt=0, le=3600)
    """Longest that bringing an image from its registry may take."""
    container_cpus: float = Field(default=1.0, ge=0.1, le=64)
    container_pids: int = Field(default=256, ge=16, le=10_000)
    """Processes and threads of one container."""
    container_scratch_mb: int = Field(default=256, ge=1, le=4096)
    """Mebibytes of ``/tmp`` in the container; they count as memory."""
    container_output_bytes: int = Field(default=64_000, ge=1000, le=200_000)
    """Bytes that are kept of each of its outputs, counted from the end."""
    container_spares: int = Field(default=1, ge=0, le=64)
    """Keepers that a process has ready for the next evaluation containers, once it has run one; or none."""
    container_sweep_seconds: float = Field(default=600, gt=0)
    """How often leftovers of evaluations that are over are looked for."""

    @property
    def idempotency_pepper(self) -> bytes:
        """Answers to claims hold tokens, so reading them takes the oldest key too."""
        oldest = self.judge_token_key.get_secret_value().split(",")[-1].strip()
        return hashlib.sha256(b"joust evaluation idempotency v1" + oldest.encode()).digest()

    @property
    def judgement_seconds(self) -> float:
        """Longest that one judgement may take."""
        return self.judge_timeout_seconds or (5 if self.judge_model == OFFLINE else 60)

    @property
    def lease_seconds(self) -> float:
        """How long a worker may have an evaluation in hand: twice what it may take.

        A worker that has one in hand may hold the next one already. 36 seconds offline. Up to
        ``LONGEST_LEASE_SECONDS`` this is the lease, too.
        """
        return 2 * (READ_TIMEOUT_SECONDS + self.build_check_seconds + self.judgement_seconds)

    @property
    def panel_models(self) -> tuple[str, ...]:
        """The model of each vote; one without a panel."""
        return panel_of(self.judge_model, self.judge_panel)

    @property
    def vote_seconds(self) -> float:
        """Longest that one vote of a panel may take."""
        return _VOTE_SHARE * self.judgement_seconds

    @model_validator(mode="after")
    def _model_fits_its_server(self) -> Self:
        if self.judge_base_url is not None and provider_of_model(self.judge_model) not in _WITH_ADDRESS:
            raise ValueError(
                "JOUST_EVALUATION_JUDGE_BASE_URL names an OpenAI-compatible server: set "
                "JOUST_EVALUATION_JUDGE_MODEL to 'openai:' and the model's name on that server."
            )
        return self

    @model_validator(mode="after")
    def _sandbox_has_its_parts(self) -> Self:
        if self.sandbox is SandboxKind.CONTAINER and not self.has_sandbox_image:
            raise ValueError(
                "JOUST_EVALUATION_SANDBOX=container needs an engine in JOUST_EVALUATION_DOCKER_URL "
                "and an image in JOUST_EVALUATION_SANDBOX_IMAGE."
            )
        return self

    @property
    def has_sandbox_image(self) -> bool:
        """True if containers can be the sandbox."""
        return self.docker_url is not None and self.sandbox_image is not None

    @model_validator(mode="after")
    def _panel_can_vote(self) -> Self:
        models = self.panel_models
        if len(models) > 1 and OFFLINE in models:
            raise ValueError(
                "JOUST_EVALUATION_JUDGE_PANEL needs language models: the offline judge always says the same. "
                "Set JOUST_EVALUATION_JUDGE_MODEL to a model, or leave the panel empty."
            )
        if len(models) > 1 and models[0] != self.judge_model:
            raise ValueError(
                "JOUST_EVALUATION_JUDGE_PANEL begins with the model of JOUST_EVALUATION_JUDGE_MODEL, whose "
                "provider JOUST_EVALUATION_JUDGE_API_KEY is for."
            )
        return self


_WITH_ADDRESS = frozenset({"openai", "google-gla", "google"})
"""Providers whose models can be asked elsewhere than at their makers'."""


def provider_of_model(model: str) -> str:
    """The part of a model's name that says who provides it."""
    return model.partition(":")[0]


def panel_of(model: str, panel: str) -> tuple[str, ...]:
    """The model of each vote. Raises ``ValueError`` for what is neither a number of votes nor models."""
    wanted = panel.strip()
    if not wanted:
        return (model,)
    if wanted.isascii() and wanted.isdigit():
        models = (model,) * int(wanted[:3])
    else:
        models = tuple(filter(None, (name.strip() for name in wanted.split(","))))
    if not 1 <= len(models) <= MAX_VOTES:
        raise ValueError(f"JOUST_EVALUATION_JUDGE_PANEL asks for 1 to {MAX_VOTES} votes.")
    return models
