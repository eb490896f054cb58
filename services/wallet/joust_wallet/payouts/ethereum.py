"""eth-account, without what a dependency of it does to the whole process when it is loaded.

``py_ecc`` raises Python's recursion limit to 100,000. Then JSON that is nested deeply enough, which is
refused otherwise, would end the process with a segmentation fault.
"""

import sys
from unittest import mock

with mock.patch.object(sys, "setrecursionlimit"):
    from eth_account import Account
    from eth_account.messages import encode_defunct
    from eth_account.signers.local import LocalAccount
    from eth_keys.exceptions import BadSignature

__all__ = ["Account", "BadSignature", "LocalAccount", "encode_defunct"]
