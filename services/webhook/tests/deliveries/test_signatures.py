"""Signatures: the vector of Standard Webhooks' libraries, and what its libraries accept and refuse.

The JavaScript library is tried where Node finds it: ``npm install standardwebhooks`` somewhere, and set
``NODE_PATH`` to its ``node_modules``.
"""

import base64
import hashlib
import hmac
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from joust_webhook.deliveries.rules.signing import signed_headers
from joust_webhook.vault import new_secret

Verify = Callable[[str, str, Mapping[str, str]], bool]

BODY = '{"type":"deal.created","data":{"ü":1}}'
DELIVERY = UUID("0190f5fe-7c00-7a00-8000-000000000080")
SECRET, OTHER = (f"whsec_{base64.b64encode(bytes([byte] * 32)).decode()}" for byte in (7, 9))

_SCRIPT = """
const { Webhook } = require("standardwebhooks");
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map(([secret, body, headers]) => {
  try { new Webhook(secret).verify(body, headers); return true; } catch (error) { return false; }
})));
"""


def by_python(secret: str, body: str, headers: Mapping[str, str]) -> bool:
    """The official library for Python."""
    try:
        Webhook(secret).verify(body, dict(headers))
    except (WebhookVerificationError, ValueError):  # the latter for a header that it can't take apart
        return False
    return True


def by_hand(secret: str, body: str, headers: Mapping[str, str]) -> bool:
    """The specification, "Verifying webhook authenticity", with the standard library alone."""
    sent = int(headers["webhook-timestamp"]) if headers["webhook-timestamp"].isdigit() else 0
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    expected = "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    given = headers["webhook-signature"].split(" ")
    return abs(datetime.now(UTC).timestamp() - sent) <= 300 and expected in given


def flipped(text: str, at: int) -> str:
    """One character of ``text`` is another, also in the bits that base64 uses of its last one."""
    return text[:at] + ("A" if text[at] != "A" else "Q") + text[at + 1 :]


def cases() -> dict[str, tuple[bool, str, str, Mapping[str, str]]]:
    """Name, whether it is genuine, secret, body and headers."""
    now = datetime.now(UTC)
    good = signed_headers(DELIVERY, BODY, [SECRET], now)
    both = signed_headers(DELIVERY, BODY, [OTHER, SECRET], now)
    signature = good["webhook-signature"]

    def signed(**changes: str) -> Mapping[str, str]:
        return good | {name.replace("_", "-"): value for name, value in changes.items()}

    return {
        "as sent": (True, SECRET, BODY, good),
        "rotation, the new secret": (True, OTHER, BODY, both),
        "rotation, the old secret": (True, SECRET, BODY, both),
        "another's secret": (False, OTHER, BODY, good),
        "a secret that was never ours": (False, new_secret(), BODY, both),
        "no signature": (False, SECRET, BODY, signed(webhook_signature="")),
        "no version": (False, SECRET, BODY, signed(webhook_signature=signature[3:])),
        "as another version": (False, SECRET, BODY, signed(webhook_signature="v1a" + signature[2:])),
        "an empty signature": (False, SECRET, BODY, signed(webhook_signature="v1,")),
        "doubled, none fits": (False, OTHER, BODY, signed(webhook_signature=f"{signature} {signature}")),
        "old": (False, SECRET, BODY, signed_headers(DELIVERY, BODY, [SECRET], now - timedelta(minutes=6))),
        "future": (False, SECRET, BODY, signed_headers(DELIVERY, BODY, [SECRET], now + timedelta(minutes=6))),
        "no number": (False, SECRET, BODY, signed(webhook_timestamp="now")),
        "another moment": (
            False,
            SECRET,
            BODY,
            signed(webhook_timestamp=str(int(good["webhook-timestamp"]) + 1)),
        ),
        "another id": (False, SECRET, BODY, signed(webhook_id=f"msg_{UUID(int=1)}")),
        "another body": (False, SECRET, BODY + " ", good),
        **{
            f"signature, character {at}": (
                False,
                SECRET,
                BODY,
                signed(webhook_signature=flipped(signature, at)),
            )
            for at in range(3, 46)
        },
        **{f"body, character {at}": (False, SECRET, flipped(BODY, at), good) for at in range(len(BODY))},
    }


def test_the_vector_of_the_libraries_is_met() -> None:
    """The one that the libraries of Standard Webhooks are tested with."""
    sign = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").sign
    sent = datetime.fromtimestamp(1614265330, UTC)
    signature = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", sent, '{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("verify", [by_python, by_hand])
def test_only_what_was_signed_is_accepted(verify: Verify) -> None:
    wrong = {name for name, (genuine, *message) in cases().items() if verify(*message) is not genuine}
    assert wrong == set()


def test_the_library_for_javascript_accepts_only_what_was_signed() -> None:
    node = shutil.which("node")
    if node is None or not has_library(node):
        pytest.skip("needs Node, and NODE_PATH with the package standardwebhooks")
    known = cases()
    messages = json.dumps([message for _, *message in known.values()])
    ran = subprocess.run(
        [node, "-e", _SCRIPT], input=messages, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    accepted = dict(zip(known, json.loads(ran.stdout), strict=True))
    assert accepted == {name: genuine for name, (genuine, *_) in known.items()}


def has_library(node: str) -> bool:
    """Whether Node finds the package."""
    looked = subprocess.run(
        [node, "-e", "require.resolve('standardwebhooks')"], capture_output=True, timeout=60, check=False
    )
    return looked.returncode == 0
