"""Writes and checks the committed JSON Schemas of all events and of what webhooks say:
``python -m joust_contracts.export``."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from joust_contracts.compatibility import breaking_changes
from joust_contracts.events import ALL_EVENTS, EventData
from joust_contracts.webhook_messages import MESSAGE_TYPES

SCHEMAS = Path(__file__).parent.parent / "schemas"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(event: type[EventData]) -> dict[str, Any]:
    """JSON Schema of an event's data, as a reader sees it (serialisation mode)."""
    schema = event.model_json_schema(mode="serialization")
    return {"$schema": _DIALECT, "$id": event.wire_type(), **schema}


def published() -> dict[str, dict[str, Any]]:
    """All schemas by the name of their file, without its ending."""
    events = {event.wire_type(): schema_of(event) for event in ALL_EVENTS}
    return events | {
        f"webhooks/{kind.name}": {"$schema": _DIALECT, "$id": kind.name, **kind.json_schema()}
        for kind in MESSAGE_TYPES
    }


def render(schema: dict[str, Any]) -> str:
    """The schema as the text that is committed."""
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def problems(folder: Path = SCHEMAS) -> list[str]:
    """What is wrong with the committed schemas: breaks, stale files, missing files."""
    found: list[str] = []
    schemas = published()
    for name, schema in schemas.items():
        file = folder / f"{name}.json"
        if not file.exists():
            found.append(f"{name}: no committed schema; run `make contracts`")
            continue
        committed = file.read_text()
        breaks = breaking_changes(json.loads(committed), schema)
        found += [f"{name}: breaks its readers: {change}" for change in breaks]
        if not breaks and committed != render(schema):
            found.append(f"{name}: changed without a break; run `make contracts` and commit")
    files = {file.relative_to(folder).with_suffix("").as_posix() for file in folder.rglob("*.json")}
    found += [f"{name}: no such event" for name in sorted(files - set(schemas))]
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
    for name, schema in published().items():
        file = SCHEMAS / f"{name}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(render(schema))
    return 0


if __name__ == "__main__":
    sys.exit(main())
