"""``docs/performance/``: the last figures, the pictures, and how both were measured."""

import json
import os
import re
from pathlib import Path
from typing import Any

from tests.performance.charts import Curve
from tests.performance.results import RESULTS

FOLDER = Path("docs/performance")
_PREFACE = Path(__file__).parent / "preface.md"
_ROWS = (
    *("read", "write", "relay", "chain", "queue", "container"),
    *("webhooks", "leaderboard", "streams", "search", "artifacts", "ledger", "uploads", "drops"),
)


def write_picture(curve: Curve) -> None:
    """Draw it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{curve.name}.svg").write_text(curve.svg())


def write_page() -> None:
    """The page, from the results on disk and the pictures beside it; rows without a result stay as they are."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    page = FOLDER / "README.md"
    sections = _sections_of(page.read_text()) if page.exists() else {}
    for name in _ROWS:
        file = RESULTS / f"{name}.json"
        if file.exists():
            sections |= _sections_of(_section(json.loads(file.read_text())))
    machine = f"The figures below were taken on {os.cpu_count()} cores that other work shared."
    ordered = (sections[number] for number in sorted(sections))
    page.write_text("\n\n".join([_PREFACE.read_text().rstrip(), machine, *ordered]) + "\n")


def _sections_of(page: str) -> dict[int, str]:
    """By the number of the row."""
    found = re.finditer(r"^## Row (\d+),.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return {int(section[1]): section[0].rstrip() for section in found}


def _section(row: dict[str, Any]) -> str:
    taken = f"Taken on {row['taken']}; the load of the minute before was {row['load']:.1f}."
    lines = [
        f"## {row['title']}",
        "",
        taken,
        "",
        "| measure | figure | goal | |",
        "| --- | --- | --- | --- |",
    ]
    for each in row["figures"]:
        figure = f"{each['median']:.2f} [{each['min']:.2f} {each['max']:.2f}]"
        verdict = each["verdict"] or ("" if each["resolved"] else "not resolved")
        lines.append(f"| {each['name']} | {figure} | {each['goal']} | {verdict} |")
    for each in row["counters"]:
        lines.append(f"| {each['name']} | {each['value']:.2f} | {each['goal']} | {each['verdict']} |")
    lines += ["", f"Checked at the end: {row['checked']}."]
    for picture in sorted(FOLDER.glob(f"{row['row']}-*.svg")):
        lines += ["", f"![{picture.stem}]({picture.name})"]
    return "\n".join(lines)
