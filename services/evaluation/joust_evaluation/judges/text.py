"""What can be counted in a text: words, repetition, sections. Pure and deterministic."""

import re
import zlib
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W\d_]+")
_CAMEL_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HEADING = re.compile(r"^#{1,6}\s*(.+?)\s*#*$")
_PLACEHOLDER = re.compile(r"^\[[^\]]*\]$")
_CODE_SIGNS = frozenset("(){}[]=;<>/*+&|\"'`_:.")
_ENDINGS = "ations ation ingly ness ings edly ing ers ed er es ly s e y"
_SUFFIXES = tuple(_ENDINGS.split())
_SHORTEST_STEM = 3
_STEM_LENGTH = 6
"""Words with the same first six letters are taken for the same word: summary, summaries, summarise."""
_WORD_LIST_LENGTH = 8
_NORMAL_STOP_WORD_SHARE = 0.12
_NORMAL_CODE_SIGN_SHARE = 0.04
_NORMAL_COMPRESSION = 0.15
_LONG_LINE = 20
_COMPRESSION_COUNTS_FROM_BYTES = 1000

_FUNCTION_WORDS = """
a about above after all also an and any are as at be because been before being below between both but by
can could did do does doing down during each every few for from further had has have having he her here
him his how i if in into is it its itself just may me might more most must my no nor not of off on once
one only or other our out over own per shall she should so some such than that the their them then there
these they this those through to too under until up upon us very was we were what when where which while
who whom why will with within would you your der die das und ist nicht mit von zu ein eine den dem im auf
le la les et est une des de du que el los las en un una con para por il che di da dos em
"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())
"""English function words, and the commonest ones of its neighbours: they carry a text but not its subject."""


def words(text: str) -> list[str]:
    """All words in lower case, with names of code taken apart (``readLog``, ``read_log``)."""
    return [word.lower() for word in _WORD.findall(_CAMEL_HUMP.sub(" ", text))]


def terms(text: str) -> list[str]:
    """Stems of the words that carry a subject, in their order, repetitions included."""
    return [stem(word) for word in words(text) if is_meaningful(word)]


def meaningful_words(text: str) -> dict[str, str]:
    """Each distinct stem with the first word that has it, in the order of the text."""
    found: dict[str, str] = {}
    for word in words(text):
        if is_meaningful(word):
            found.setdefault(stem(word), word)
    return found


def is_meaningful(word: str) -> bool:
    """True for a word of the subject, not of the grammar."""
    return len(word) >= _SHORTEST_STEM and word not in STOP_WORDS


def stem(word: str) -> str:
    """A light stem: one common ending off, then at most the first six letters."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM:
            return word[: -len(suffix)][:_STEM_LENGTH]
    return word[:_STEM_LENGTH]


def credible_lines(text: str) -> list[str]:
    """The lines that say something: each once, without bare lists of words."""
    lines = (line.strip() for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line and not _is_word_list(line)))


def _is_word_list(line: str) -> bool:
    found = words(line)
    return len(found) > _WORD_LIST_LENGTH and STOP_WORDS.isdisjoint(found) and _code_sign_share(line) < 0.02


def naturalness(lines: Sequence[str]) -> float:
    """0 for words strung together, 1 for prose (which has function words) or code (which has its signs)."""
    text = "\n".join(lines)
    found = words(text)
    if not found:
        return 0.0
    stop_words = sum(word in STOP_WORDS for word in found) / len(found)
    return clamp(max(stop_words / _NORMAL_STOP_WORD_SHARE, _code_sign_share(text) / _NORMAL_CODE_SIGN_SHARE))


def freshness(text: str) -> float:
    """1 for a text that hardly repeats itself, towards 0 for padding."""
    lines = [line.strip() for line in text.splitlines() if len(line.strip()) >= _LONG_LINE]
    by_lines = clamp(2 * len(set(lines)) / len(lines)) if lines else 1.0
    data = text.encode()
    if len(data) < _COMPRESSION_COUNTS_FROM_BYTES:
        return by_lines
    return min(by_lines, clamp(len(zlib.compress(data)) / len(data) / _NORMAL_COMPRESSION))


def sections(markdown: str) -> dict[str, str]:
    """Text under each heading, by the heading in lower case; placeholders in brackets count as empty."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in markdown.splitlines():
        if heading := _HEADING.match(line.strip()):
            current = found.setdefault(heading.group(1).lower(), [])
        elif not _PLACEHOLDER.match(line.strip()):
            current.append(line)
    return {heading: "\n".join(body).strip() for heading, body in found.items()}


def share(part: Iterable[str], whole: set[str]) -> float:
    """How much of ``part`` is in ``whole``; 0 if there is nothing to look for."""
    wanted = list(part)
    return sum(each in whole for each in wanted) / len(wanted) if wanted else 0.0


def clamp(value: float) -> float:
    """``value`` within 0 and 1."""
    return min(1.0, max(0.0, value))


def _code_sign_share(text: str) -> float:
    return sum(character in _CODE_SIGNS for character in text) / max(1, len(text))
