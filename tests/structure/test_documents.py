"""What documents list is what there is."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from joust_contracts.services import ServiceName

ROOT = Path(__file__).parent.parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
LINK = re.compile(r"\]\(([^)\s#:]+)(?:#[^)]*)?\)")
"""To a file of ours: without the heading, and no address of elsewhere."""
QUEUE = re.compile(r'\bqueue="(\w+)"')


@pytest.mark.parametrize("name", ServiceName)
def test_the_architecture_names_every_fact_that_a_service_tells(name: ServiceName) -> None:
    row = re.search(rf"^\| {name} \|[^|]*\|([^|]*)\|$", ARCHITECTURE, re.MULTILINE)
    assert row is not None
    emits = import_module(f"joust_{name}.subscriptions").SUBSCRIPTIONS.emits
    told = {event.subject_happened for event in emits if not event.subject_happened.endswith(".snapshot")}
    assert {each.strip() for each in row[1].split(",")} == told


def test_the_operations_guide_names_every_queue_of_jobs() -> None:
    sources = [path.read_text() for path in (ROOT / "services").glob("*/joust_*/**/*.py")]
    queues = {queue for source in sources if "@job(" in source for queue in QUEUE.findall(source)}
    assert queues
    table = OPERATIONS.partition("| service | queue |")[2].partition("\n")[2].partition("\n\n")[0]
    named = [queue for row in table.splitlines() for queue in re.findall(r"`(\w+)`", row.split("|")[2])]
    assert sorted(named) == sorted(queues)


def test_links_between_documents_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    links = {(page, link) for page in pages for link in LINK.findall(page.read_text())}
    assert links
    assert [(str(page), link) for page, link in links if not (page.parent / link).exists()] == []
