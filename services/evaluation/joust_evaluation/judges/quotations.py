"""Checks that what a judge quotes stands in the submission. Pure and deterministic."""

from collections.abc import Sequence

from joust_contracts.events.evaluations import Finding, Quotation
from joust_evaluation.judges.artifact import SubmittedFiles
from joust_evaluation.judges.findings import FindingKind, finding
from joust_evaluation.judges.hidden import shown

MAX_QUOTATIONS = 5
"""Of one criterion."""
_SHORTEST = 3
"""A letter or two occur everywhere and prove nothing."""
_LONGEST = 400


class Passages:
    """The texts of a submission, in which quotations are looked for; blanks and line ends count alike."""

    def __init__(self, files: SubmittedFiles) -> None:
        self._contents = {file.name: file.content for file in files.texts}
        self._plain: dict[str, str] = {}

    def verified(
        self, criterion: str, quoted: Sequence[tuple[str, str]]
    ) -> tuple[tuple[Quotation, ...], tuple[Finding, ...]]:
        """Those of ``quoted``, file and words, that occur there, and a finding for each of the others."""
        good: list[Quotation] = []
        bad: list[Finding] = []
        for file, words in quoted[:MAX_QUOTATIONS]:
            if self.holds(file, words):
                good.append(Quotation(file=file, text=_plain(words)[:_LONGEST]))
            else:
                detail = f"For '{criterion}' the judge quoted what is not there: {words}"
                bad.append(finding(FindingKind.QUOTATION, detail, file))
        return tuple(good), tuple(bad)

    def holds(self, file: str, words: str) -> bool:
        """True if the words stand in the file, as far as it was read."""
        wanted = _plain(words)
        return len(wanted) >= _SHORTEST and wanted in self._text_of(file)

    def _text_of(self, file: str) -> str:
        if file not in self._plain:
            self._plain[file] = _plain(shown(self._contents.get(file, "")))
        return self._plain[file]


def _plain(text: str) -> str:
    # The fence puts a bar before each line, which a quotation of several lines may hold.
    lines = (line.strip().removeprefix("|") for line in text.splitlines())
    return " ".join(" ".join(lines).split())
