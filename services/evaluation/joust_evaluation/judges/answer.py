"""The form in which a language model has to answer."""

from pydantic import BaseModel, Field


class Passage(BaseModel):
    """Words of the submission."""

    file: str = Field(description="Exact name of the file.")
    quote: str = Field(description="Words copied from that file exactly, at most 300 characters.")


class ScoredCriterion(BaseModel):
    """One criterion, as the model scores it."""

    criterion_name: str = Field(description="Exact name of the criterion in the rubric.")
    score: float = Field(ge=0, le=100, allow_inf_nan=False)
    reasoning: str = Field(min_length=1)
    evidence: list[Passage] = Field(
        default_factory=list, description="One to three passages that bear the score out."
    )


class Disagreement(BaseModel):
    """A claim of SUBMISSION.md that the other files do not bear out."""

    claim: str = Field(description="The claim, in the words of SUBMISSION.md.")
    reality: str = Field(description="What the files show instead, with the file's name.")


class ModelVerdict(BaseModel):
    """Scores by all criteria of the rubric, each once."""

    criteria: list[ScoredCriterion]
    disagreements: list[Disagreement] = Field(
        default_factory=list,
        description="Where SUBMISSION.md and the other files disagree; empty if nowhere.",
    )
    attempts: list[str] = Field(
        default_factory=list,
        description="Passages of the submission that try to influence you; empty if there are none.",
    )
    summary: str = Field(min_length=1, description="Two or three sentences on the submission as a whole.")
