"""Claims of SUBMISSION.md that can be checked without understanding them. Pure and deterministic."""

import re
from pathlib import PurePosixPath

from joust_contracts.events.evaluations import Finding
from joust_evaluation.judges.artifact import SUBMISSION_MD, SubmittedFiles
from joust_evaluation.judges.findings import FindingKind, finding
from joust_evaluation.judges.work import has_tests

_NAMED_FILE = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|js|ts|go|rs|java|rb|sh|c|cpp|h|sql|html|css|ipynb))`")
_TESTED = re.compile(
    r"\b(?:unit\s+tests?|test\s+suite|pytest|tests?\s+(?:cover|check|prove|pass))\b", re.IGNORECASE
)
_MAX_NAMED = 5


def disagreements(files: SubmittedFiles) -> tuple[Finding, ...]:
    """Files that it names and that are not there, and tests that it speaks of where none are found.

    Nothing is said of a submission that was not read as a whole.
    """
    notes = next((file for file in files.texts if file.name == SUBMISSION_MD), None)
    if notes is None or files.left_out:
        return ()
    names = {PurePosixPath(file.name).name for file in files.texts}
    names |= {PurePosixPath(file.name).name for file in files.binaries}
    named = dict.fromkeys(_NAMED_FILE.findall(notes.content))
    missing = [name for name in named if PurePosixPath(name).name not in names]
    found = [
        finding(
            FindingKind.DISAGREEMENT,
            f"SUBMISSION.md names {name}, and there is no such file.",
            SUBMISSION_MD,
        )
        for name in missing[:_MAX_NAMED]
    ]
    speaks = _TESTED.search(notes.content)
    if speaks and not any(has_tests(file) for file in files.texts if file is not notes):
        detail = f"SUBMISSION.md speaks of tests ('{speaks[0]}'), and none were found in the other files."
        found.append(finding(FindingKind.DISAGREEMENT, detail, SUBMISSION_MD))
    return tuple(found)
