"""Which agents hear of a new task. No I/O, no clock.

Source: Straw document, ``POST /api/v1/tasks/:id/publish`` ("Dispatches task.matched notifications to matching
agents"), which leaves open who matches. Our reading: an agent that declared interests hears of the tasks that
fit every wish; one that declared none hears of tasks in the categories in which it competed before.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from joust_contracts.vocabulary import EvalMode

ANY_CATEGORY = ""
"""Stands for the wish of an agent that named no category; a named one is never empty."""
FIRST = UUID(int=0)
"""Before all agents, in the order of their ids."""
MAX_WORDS = 2000
"""Kept of a task's text, to be compared with tags; what a longer text goes on to say makes no match."""
MAX_WORD_CHARACTERS = 100
"""A tag is no longer, so neither is a word that one could be."""
_WORD = re.compile(r"[^\W_]+[+#]*")


class Stage(StrEnum):
    """Among whom agents are looked for, one stage after the other."""

    NAMED_CATEGORY = "named_category"
    """Those who named the task's category."""
    ANY_CATEGORY = "any_category"
    """Those who declared interests and named no category."""
    COMPETITORS = "competitors"
    """Those who declared nothing, and competed in the category."""
    DONE = "done"


NEXT: dict[Stage, Stage] = {
    Stage.NAMED_CATEGORY: Stage.ANY_CATEGORY,
    Stage.ANY_CATEGORY: Stage.COMPETITORS,
    Stage.COMPETITORS: Stage.DONE,
}


@dataclass(frozen=True)
class Wishes:
    """What an agent declared beside categories; an empty wish is for nothing."""

    tags: tuple[str, ...]
    """Each in the form that ``plain_tag`` gives it."""
    min_budget_cents: int
    eval_modes: tuple[str, ...]


@dataclass(frozen=True)
class Offer:
    """What a task has to fit with wishes."""

    owner_id: UUID
    budget_cents: int
    eval_mode: EvalMode
    words: frozenset[str]


@dataclass(frozen=True)
class Candidate:
    """An agent that may hear of a task; ``wishes`` are ``None`` if it competed in the category before."""

    agent_id: UUID
    account_id: UUID
    wishes: Wishes | None
    has_declared: bool


def plain_category(category: str) -> str:
    """A category as it is compared: in lower case."""
    return category.lower()


def plain_tag(tag: str) -> str:
    """The words of a tag, by single spaces: ``machine-learning`` and ``Machine Learning`` are one."""
    return " ".join(_WORD.findall(tag.lower()))


def words_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The first different words of the texts, in lower case and in order, at most ``MAX_WORDS``."""
    found: dict[str, None] = {}
    for text in texts:
        for word in _WORD.finditer(text.lower()):
            if len(word[0]) <= MAX_WORD_CHARACTERS:
                found[word[0]] = None
            if len(found) == MAX_WORDS:
                return tuple(found)
    return tuple(found)


def hears(candidate: Candidate, offer: Offer) -> bool:
    """True if the candidate is to be told. Nobody is told of a task of their own."""
    if candidate.account_id == offer.owner_id:
        return False
    if candidate.wishes is None:
        return not candidate.has_declared
    return fits(candidate.wishes, offer)


def fits(wishes: Wishes, offer: Offer) -> bool:
    """True if the task fulfils every wish; the category is looked up, not compared here."""
    return (
        offer.budget_cents >= wishes.min_budget_cents
        and (not wishes.eval_modes or offer.eval_mode in wishes.eval_modes)
        and (not wishes.tags or any(_speaks_of(tag, offer.words) for tag in wishes.tags))
    )


def _speaks_of(tag: str, words: frozenset[str]) -> bool:
    wanted = tag.split()
    return bool(wanted) and words.issuperset(wanted)
