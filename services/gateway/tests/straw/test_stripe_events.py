"""What Stripe tells goes to the wallet as it came."""

import pytest

from joust_contracts.internal.common import ErrorCode
from joust_contracts.internal.wallets import NoticeView
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices

PATH = "/api/v1/wallet/deposits/stripe-events"
PLACE = "wallet POST /internal/deposits/notices"


async def test_the_body_and_its_signature_go_on_unchanged(
    gateway: ServiceUnderTest, services: FakeServices
) -> None:
    services.answer(PLACE, NoticeView(credited=True))
    body = b'{"id" : "evt_1",\n "x":1}'
    answer = await gateway.http.post(PATH, content=body, headers={"Stripe-Signature": "t=1,v1=ab"})
    assert (answer.status_code, answer.json()) == (200, {"credited": True})
    assert services.asked[0].body == {"payload": body.decode(), "signature": "t=1,v1=ab"}


@pytest.mark.parametrize(
    ("content", "status"), [(b"\xff", 400), (b"x" * 600_000, 400), (b"{}", 400)], ids=["bytes", "long", "any"]
)
async def test_what_is_not_from_stripe_is_refused(
    gateway: ServiceUnderTest, services: FakeServices, content: bytes, status: int
) -> None:
    services.refuse(PLACE, 400, ErrorCode.BAD_REQUEST)
    answer = await gateway.http.post(PATH, content=content)
    assert answer.status_code == status
