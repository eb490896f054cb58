"""Finds what in a submission speaks to the judge instead of doing the task. Pure and deterministic.

It knows the common forms and not every form: it is a report to whoever reads the score, and no wall. The wall
is how a model is asked (``prompt``).
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import re2

from joust_contracts.events.evaluations import Finding
from joust_evaluation.judges.artifact import SubmittedFiles, TextFile
from joust_evaluation.judges.findings import FindingKind, bounded, finding
from joust_evaluation.judges.hidden import HIDDEN, revealed

_EXCERPT = 160
_JUDGE = r"(?:judges?|evaluators?|graders?|reviewers?|language\s+model|llm|assistant)"
_RULES = r"(?:instructions?|prompts?|rules?|rubrics?|guidelines?|criteri(?:on|a)|polic(?:y|ies))"
_BEST = r"(?:100|a\s+hundred|full|maximum|max|perfect|highest|top|best)"

_PATTERNS: Mapping[FindingKind, tuple[str, ...]] = {
    FindingKind.OVERRIDE: (
        r"\b(?:ignore|disregard|forget|override|bypass|skip|drop)\b[^.\n]{0,40}\b"
        r"(?:previous|prior|above|all|any|earlier|your|the|these|those|every)\b"
        rf"[^.\n]{{0,40}}\b{_RULES}\b",
        r"\b(?:new|updated|revised|real|actual)\s+(?:system\s+)?(?:instructions?|rules|prompt)\s*[:=]",
        r"\bthe\s+(?:rules|rubric|instructions)\s+(?:has|have)\s+(?:been\s+)?(?:changed|updated|replaced)\b",
        r"\byou\s+are\s+(?:now|no\s+longer)\b",
        r"\b(?:give|award|assign|grant|rate|score|grade|answer)\b[^.\n]{0,60}\b"
        rf"{_BEST}\b[^.\n(]{{0,30}}\b(?:points?|scores?|marks?|ratings?|grades?|{_RULES}|everything|percent)\b",
        rf"\b(?:score|rate|grade|mark)\b[^.\n]{{0,60}}\b(?:as|with|at|to|by)\s+{_BEST}\b",
        r"\b(?:must|should|shall|has\s+to)\s+(?:be\s+)?(?:receive|get|score|scored|rated|graded|win)\b"
        rf"[^.\n]{{0,30}}\b(?:{_BEST}|first)\b",
    ),
    FindingKind.ADDRESSED: (
        r"\b(?:dear|attention|note\s+to|message\s+(?:to|for)|instructions?\s+(?:to|for)|hey|hello|hi)\s*,?\s+"
        rf"(?:the\s+|all\s+|our\s+)?(?:ai\s+|automated\s+)?{_JUDGE}\b",
        r"\b(?:ai|llm|automated|automatic)[\s-]+(?:judge|evaluator|grader|reviewer)s?\b",
        rf"\bif\s+you\s+are\s+(?:an?\s+|the\s+)?(?:ai|llm|language\s+model|{_JUDGE})\b",
        r"\bas\s+(?:the|an?)\s+(?:ai\s+)?(?:judge|evaluator|grader)\s*,?\s+you\b",
    ),
    FindingKind.FAKE_SCORE: (
        r"[\"']?(?:criterion_name|final_result|final_score|llm_score)[\"']?\s*[:=]\s*[\"'{\[\d]",
        r"[\"']score[\"']\s*:\s*\d[^}]{0,200}[\"']reasoning[\"']\s*:",
        r"[\"']reasoning[\"']\s*:[^}]{0,200}[\"']score[\"']\s*:",
        r"\b(?:final|overall|total)\s+score\s*[:=]\s*(?:9\d|100)\b",
    ),
    FindingKind.ROLE_TAG: (
        r"<\|?(?:im_start|im_end|system|assistant|user|endoftext|end_of_turn|start_of_turn|eot_id)\|?>",
        r"</?(?:system|assistant|instructions?|submission|rubric|prompt)(?:\s[^>\n]{0,60})?>",
        r"\[/?(?:inst|sys|system)\]|<<\s*/?sys\s*>>",
        r"(?m)^[\s#>*/-]{0,12}(?:system|assistant|developer)(?:\s+(?:message|prompt|note))?\s*:\s*"
        r"(?:\S+[ \t]+){3}",
        r"(?m)^\s{0,3}#{1,4}\s*(?:system|assistant)\s*(?:message|prompt)?\s*$",
    ),
    FindingKind.FENCE: (
        r"\b(?:begin|end)\s+(?:of\s+)?(?:the\s+)?submission\b",
        r"\bthe\s+marker\s+of\s+this\s+request\b",
    ),
    FindingKind.RUBRIC_THEFT: (
        r"\b(?:reveal|print|repeat|output|show|leak|quote|disclose|copy|list)\b[^.\n]{0,40}\b"
        r"(?:system\s+prompt|hidden\s+tests?|your\s+(?:instructions|prompt|rubric|rules)"
        r"|(?:the\s+)?(?:judge|grader|scoring)\S{0,3}\s+(?:instructions|prompt|rubric|guide)"
        r"|other\s+(?:submissions?|agents?))\b",
    ),
    FindingKind.CLAIM: (
        r"\ball\s+(?:of\s+)?(?:the\s+|our\s+|its\s+)?(?:\d+\s+)?(?:\w+\s+)?(?:tests?|checks?)\s+"
        r"(?:have\s+|has\s+|are\s+|were\s+)?(?:all\s+)?(?:pass(?:ed|ing|es)?|green|succeed(?:ed)?|ok)\b",
        r"\b(?:verified|approved|certified|confirmed|pre-?scored|checked)\s+by\s+(?:the\s+)?"
        r"(?:platform|organi[sz]ers?|poster|task\s+owner|judges?|staff|joust)\b",
        r"\b\d+\s+(?:tests?\s+)?passed\b[^\n]{0,20}\b0\s+failed\b",
    ),
}
# RE2 takes time in proportion to the text, whatever the text.
_COMPILED = {kind: [re2.compile(f"(?i){each}") for each in patterns] for kind, patterns in _PATTERNS.items()}
_COMMENT = re2.compile(
    r"(?ms)<!--(.{0,1000}?)-->|^[\s#/*;-]{0,8}\[(?://|comment)\]:\s*#\s*[(\"']([^\n]{0,500})"
)
_OF_JUDGING = re2.compile(rf"(?i)\b(?:{_JUDGE}|scores?|points|rubric|ignore|disregard|grade|instructions?)\b")
_SEPARATORS = re2.compile(r"[_\-./\\+]+")


class _Hit(NamedTuple):
    kind: FindingKind
    begin: int
    end: int


def find_injections(files: SubmittedFiles) -> tuple[Finding, ...]:
    """What in names and texts speaks to the judge: one finding for each kind and file, with its place."""
    names = [file.name for file in files.texts]
    names += [file.name for file in (*files.binaries, *files.left_out)]
    found = [each for name in names for each in _in_name(name)]
    for file in files.texts:
        found += _in_text(file)
    return bounded(found)


def without_injections(files: SubmittedFiles) -> SubmittedFiles:
    """The files without the lines that speak to the judge and without hidden characters.

    For a judge that counts words: what is said to it should not count as work.
    """
    return replace(files, texts=tuple(map(_cleaned, files.texts)))


def _in_name(name: str) -> Iterator[Finding]:
    plain = _SEPARATORS.sub(" ", _plain(name))
    for kind in dict.fromkeys(hit.kind for hit in _hits(plain)):
        yield finding(kind, f"The name of a file reads: {name}", name)
    if HIDDEN.search(name):
        yield finding(FindingKind.HIDDEN_TEXT, "The name of a file holds characters that nobody sees.", name)


def _in_text(file: TextFile) -> Iterator[Finding]:
    hidden = HIDDEN.findall(file.content.removeprefix("\ufeff"))
    if hidden:
        codes = ", ".join(sorted({f"U+{ord(each):04X}" for each in hidden})[:5])
        yield finding(
            FindingKind.HIDDEN_TEXT, f"{len(hidden)} characters that nobody sees ({codes}).", file.name
        )
    plain = _plain(file.content)
    by_kind: dict[FindingKind, list[_Hit]] = {}
    for hit in _hits(plain):
        by_kind.setdefault(hit.kind, []).append(hit)
    for kind, hits in by_kind.items():
        first = min(hits, key=lambda hit: hit.begin)
        line = plain.count("\n", 0, first.begin) + 1
        words = " ".join(plain[first.begin : min(first.end, first.begin + _EXCERPT)].split())
        more = f" (and {len(hits) - 1} more)" if len(hits) > 1 else ""
        yield finding(kind, f"Line {line}: {words}{more}", file.name)


def _cleaned(file: TextFile) -> TextFile:
    plain = _plain(file.content)
    spoken = set[int]()
    for hit in _hits(plain):
        first = plain.count("\n", 0, hit.begin)
        spoken.update(range(first, first + plain.count("\n", hit.begin, hit.end) + 1))
    lines = plain.split("\n") if spoken or HIDDEN.search(file.content) else None
    if lines is None:
        return file
    kept = [line for number, line in enumerate(lines) if number not in spoken]
    return replace(file, content="\n".join(kept))


def _hits(plain: str) -> list[_Hit]:
    hits = [
        _Hit(kind, *match.span())
        for kind, patterns in _COMPILED.items()
        for pattern in patterns
        for match in pattern.finditer(plain)
    ]
    hits += [
        _Hit(FindingKind.HIDDEN_COMMENT, *match.span())
        for match in _COMMENT.finditer(plain)
        if _OF_JUDGING.search(match[1] or match[2] or "")
    ]
    return hits


def _plain(text: str) -> str:
    """The text with hidden letters shown and look-alikes of compatibility made plain; lines stay lines."""
    return unicodedata.normalize("NFKC", revealed(text)) if not text.isascii() else text


def kinds_of(findings: Sequence[Finding]) -> set[str]:
    """The kinds among some findings."""
    return {each.kind for each in findings}
