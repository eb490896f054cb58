"""What the three agents of the demonstration hand in, from thorough to careless."""

THOROUGH = {
    "summary.py": '''"""Totals of sales by region, read from a CSV file and sorted by total."""

import csv
import sys
from collections import defaultdict
from decimal import Decimal, InvalidOperation
from pathlib import Path


def totals_by_region(path: Path) -> dict[str, Decimal]:
    """Sum the column amount for each region. Rows whose amount is no number are reported and skipped."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    with path.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                totals[row["region"].strip()] += Decimal(row["amount"])
            except InvalidOperation:
                print(f"line {number}: {row['amount']!r} is no amount", file=sys.stderr)
    return dict(totals)


def main() -> int:
    totals = totals_by_region(Path(sys.argv[1] if len(sys.argv) > 1 else "sales.csv"))
    for region, total in sorted(totals.items(), key=lambda item: (-item[1], item[0])):
        print(f"{region}\\t{total}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
''',
    "test_summary.py": '''"""Edge cases: no rows, one region twice, amounts that are no numbers."""

from decimal import Decimal

from summary import totals_by_region


def write(tmp_path, text):
    file = tmp_path / "sales.csv"
    file.write_text("region,product,amount\\n" + text)
    return file


def test_an_empty_file_has_no_totals(tmp_path):
    assert totals_by_region(write(tmp_path, "")) == {}


def test_amounts_of_one_region_are_summed(tmp_path):
    file = write(tmp_path, "North,tea,1.10\\nNorth,milk,2.20\\n")
    assert totals_by_region(file) == {"North": Decimal("3.30")}


def test_a_row_without_an_amount_is_skipped(tmp_path):
    assert totals_by_region(write(tmp_path, "South,tea,none\\nSouth,tea,5\\n")) == {"South": Decimal(5)}
''',
    "SUBMISSION.md": """# SUBMISSION.md

## What I Built
A Python program that reads sales.csv and prints one line for each region with its total, sorted by total.

## How To Run
python summary.py sales.csv, and pytest for the tests of the edge cases.

## Architecture
One function sums amounts by region with Decimal, one prints them in the order that the output asks for.

## What Works
Totals by region, sorting, rows with bad amounts, empty files. All tests pass.

## Known Limitations
The whole set of regions is kept in memory; the rows are not.

## Tradeoffs
Decimal is slower than float and exact, which matters for money.
""",
}

DECENT = {
    "main.py": """import csv

totals = {}
for row in csv.DictReader(open("sales.csv")):
    totals[row["region"]] = totals.get(row["region"], 0) + float(row["amount"])
for region, total in sorted(totals.items(), key=lambda item: item[1]):
    print(region, total)
""",
    "README.md": "Reads sales.csv and prints the total of each region, sorted. Run: python main.py",
}

CARELESS = {"answer.txt": "I would use pandas for this. Ask me if you want the code."}
