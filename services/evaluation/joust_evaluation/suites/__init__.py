"""Test suites: their cases are run in the sandbox and compared."""
