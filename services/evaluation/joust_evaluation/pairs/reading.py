"""What a judge gets to read of a pair. Touches no table."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from joust_contracts.events.submissions import Artifact
from joust_evaluation.evaluations.fetching import fetched, in_thread
from joust_evaluation.judges.artifact import SubmittedFiles, read_archive
from joust_evaluation.judges.comparing import ComparisonRequest
from joust_evaluation.judges.prompt import task_shown
from joust_evaluation.resources import Resources
from joust_evaluation.tasks.models import KnownTask


async def request_for(
    task: KnownTask, artifacts: Sequence[Artifact | None], resources: Resources
) -> ComparisonRequest:
    """The task with its rubric, and the submissions, which share the room that one has otherwise.

    Raises ``BadArchive``, or what ``fetched`` raises.
    """
    limits = resources.limits
    room = replace(limits, max_characters=limits.max_characters // len(artifacts))
    entries = list[SubmittedFiles]()
    for artifact in artifacts:
        async with fetched(artifact, resources) as file:
            entries.append(await in_thread(partial(read_archive, file, room)))
    words = task_shown(task.title, task.description, task.input_spec, task.output_spec, task.rubric())
    return ComparisonRequest(words, tuple(entries))
