"""Writes and checks the committed JSON Schemas of all events: ``python -m joust_contracts.export``."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from joust_contracts.compatibility import breaking_changes
from joust_contracts.events import ALL_EVENTS, EventData

SCHEMAS = Path(__file__).parent.parent / "schemas"


def schema_of(event: type[EventData]) -> dict[str, Any]:
    """JSON Schema of an event's data, as a reader sees it (serialisation mode)."""
    schema = event.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": event.wire_type(), **schema}


def render(event: type[EventData]) -> str:
    """The schema as the text that is committed."""
    return json.dumps(schema_of(event), indent=2, sort_keys=True) + "\n"


def problems(folder: Path = SCHEMAS) -> list[str]:
    """What is wrong with the committed schemas: breaks, stale files, missing files."""
    found: list[str] = []
    for event in ALL_EVENTS:
        file = folder / f"{event.wire_type()}.json"
        if not file.exists():
            found.append(f"{event.wire_type()}: no committed schema; run `make contracts`")
            continue
        committed = file.read_text()
        breaks = breaking_changes(json.loads(committed), schema_of(event))
        found += [f"{event.wire_type()}: breaks its readers: {change}" for change in breaks]
        if not breaks and committed != render(event):
            found.append(f"{event.wire_type()}: changed without a break; run `make contracts` and commit")
    known = {f"{event.wire_type()}.json" for event in ALL_EVENTS}
    found += [f"{file.name}: no such event" for file in folder.glob("*.json") if file.name not in known]
    return found


def main() -> int:
    """Write the schemas, or with ``--check`` only report; exit 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="report problems and write nothing")
    parser.add_argument("--allow-break", action="store_true", help="write although readers would break")
    options = parser.parse_args()
    found = problems()
    blocking = found if options.check else [line for line in found if "breaks its readers" in line]
    for line in blocking:
        print(line, file=sys.stderr)
    if options.check or (blocking and not options.allow_break):
        return int(bool(blocking))
    SCHEMAS.mkdir(exist_ok=True)
    for event in ALL_EVENTS:
        (SCHEMAS / f"{event.wire_type()}.json").write_text(render(event))
    return 0


if __name__ == "__main__":
    sys.exit(main())
