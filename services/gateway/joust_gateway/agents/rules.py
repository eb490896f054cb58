"""Rules of agents' interests: how many words, how long, and in which form. No I/O, no clock."""

from collections.abc import Iterable

MAX_WORDS = 50
"""Categories, and as many tags: who wishes for more may as well wish for nothing."""
MAX_WORD_CHARACTERS = 100
"""As long as a task's category may be (Straw document, ``POST /api/v1/tasks``)."""


def plain_words(words: Iterable[str]) -> tuple[str, ...]:
    """The words as they are compared: in lower case, each once, in their order.

    Raises ``ValueError`` for one that grows past ``MAX_WORD_CHARACTERS`` in lower case, as a few letters do.
    """
    plain = tuple(dict.fromkeys(word.lower() for word in words))
    if any(len(word) > MAX_WORD_CHARACTERS for word in plain):
        raise ValueError(f"a word has at most {MAX_WORD_CHARACTERS} characters in lower case")
    return plain
