"""Migrates the services' schemas in one process: ``python -m joust_embedded.migrate SERVICE...``.

It imports the library and the tables of the services first, then reads one line of JSON from its input,
``[[service, owner URL], ...]``: so the supervisor starts it early, and the imports overlap with PostgreSQL's
start. It prints each service that is done; the last line says what went wrong when it exits with 1.
"""

import contextlib
import gc
import json
import sys
import traceback
from importlib import import_module


def main() -> None:
    """Entry point of the process."""
    service = "the migration library"
    # It imports, and is gone before there is garbage worth a look.
    gc.disable()
    try:
        from joust_kit.database import migrations  # noqa: PLC0415 - a missing one must be reported as below

        for service in sys.argv[1:]:
            # The migration itself will say so if there are no tables to import.
            with contextlib.suppress(ImportError):
                import_module(f"joust_{service}.tables")
        for service, url in json.loads(sys.stdin.readline() or "[]"):
            migrations.upgrade(f"joust_{service}", url)
            print(service, flush=True)
    except Exception as error:  # noqa: BLE001 - any failure is reported the same way
        traceback.print_exc()
        reason = str(error).strip().splitlines() or [""]
        print(f"{service}: {type(error).__name__}: {reason[0]}", flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
