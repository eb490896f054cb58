"""Makes a judgement fit into an event. No I/O."""

from joust_contracts.events.evaluations import Dimension, Judgement

MAX_JUDGEMENT_BYTES = 600_000
"""As JSON. An event holds it together with the submission, and Kafka takes 1 MB at once."""
_SHORT_REASONING = 1000


def fitted(judgement: Judgement) -> Judgement:
    """The judgement as it is, or shorter if no event could carry it: many criteria, long reasons and a script
    of several bytes for a letter are enough for that.

    Quotations go first, then the ends of the reasons; no score is touched. The reasoning says what was left
    out.
    """
    if _fits(judgement):
        return judgement
    without = _shortened(judgement, None, "The quotations were left out for want of room.")
    if _fits(without):
        return without
    return _shortened(
        judgement, _SHORT_REASONING, "Quotations and the ends of reasons were left out for want of room."
    )


def _fits(judgement: Judgement) -> bool:
    return len(judgement.model_dump_json().encode()) <= MAX_JUDGEMENT_BYTES


def _shortened(judgement: Judgement, reasoning_length: int | None, note: str) -> Judgement:
    def shorter(dimension: Dimension) -> Dimension:
        return dimension.model_copy(
            update={"evidence": (), "reasoning": dimension.reasoning[:reasoning_length]}
        )

    return judgement.model_copy(
        update={
            "dimensions": tuple(map(shorter, judgement.dimensions)),
            "reasoning": f"{judgement.reasoning} {note}".strip(),
        }
    )
