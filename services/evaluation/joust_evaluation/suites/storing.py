"""Suites and their results in storage. Results that come again replace those of the same evaluation."""

from uuid import UUID

from pydantic import ValidationError

from joust_contracts.events.tasks import TestSuiteRef
from joust_contracts.internal.evaluations import TestResults
from joust_contracts.test_suites import TestSuite, json_of
from joust_evaluation.evaluations import documents
from joust_evaluation.evaluations.documents import Document
from joust_evaluation.suites.errors import NoTestResults
from joust_evaluation.suites.rules import UnusableSuite
from joust_kit.storage import ObjectChanged, ObjectMissing, Storage, as_promised

_MAX_RESULTS_BYTES = 8_000_000
"""A thousand cases with all that is shown of them."""


async def read_suite(storage: Storage, ref: TestSuiteRef) -> TestSuite:
    """The suite as its task's event named it. Raises ``UnusableSuite``, or ``Unavailable``."""
    content = bytearray()
    try:
        async with storage.open(ref.key) as chunks:
            promised = as_promised(ref.key, chunks, sha256=ref.sha256, max_bytes=ref.size_bytes)
            async for chunk in promised:
                content += chunk
    except (ObjectMissing, ObjectChanged) as error:
        raise UnusableSuite("it is not in storage as it was uploaded") from error
    try:
        return TestSuite.model_validate_json(json_of(bytes(content)))
    except ValidationError as error:
        raise UnusableSuite("it is not in the form that this version reads") from error


async def keep_results(storage: Storage, evaluation_id: UUID, results: TestResults) -> None:
    """Store the results in place of those of an earlier try. Raises ``Unavailable``."""
    await documents.keep(storage, evaluation_id, Document.TEST_RESULTS, results)


async def read_results(storage: Storage, evaluation_id: UUID) -> TestResults:
    """The results. Raises ``NoTestResults`` or ``Unavailable``."""
    content = await documents.read(storage, evaluation_id, Document.TEST_RESULTS, _MAX_RESULTS_BYTES)
    if content is None:
        raise NoTestResults()
    return TestResults.model_validate_json(content)
