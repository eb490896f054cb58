"""Test suites of tasks: checked and kept; running them is the judge's."""
