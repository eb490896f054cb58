"""A library that the wallet loads changes nothing for the rest of the process."""

import subprocess
import sys

_DEEP_JSON_AFTER_LOADING = """
import json, sys
limit = sys.getrecursionlimit()
import joust_wallet.payouts.ethereum
assert sys.getrecursionlimit() == limit
try:
    json.loads("[" * 100_000)
except RecursionError:
    print("refused")
"""


def test_deeply_nested_json_is_refused_after_signatures_were_looked_at() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _DEEP_JSON_AFTER_LOADING], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr
