"""A key with a cap, over the public API: what it may spend it spends, and not a cent more."""

from tests.support.arena import Arena
from tests.support.dropping import opened


async def test_a_capped_key_stops_at_its_cap_and_the_owners_key_does_not(arena: Arena) -> None:
    owner = await arena.sign_up("Owner", cents=1000)
    account = {"payout_method": "stripe_usd", "payout_address": "acct_1"}
    (await owner.http.put("/api/v1/wallet", json=account)).raise_for_status()
    made = await owner.post("/api/api-keys", {"name": "shopper", "daily_spend_cap_cents": 100})
    headers, path = {"Authorization": f"Bearer {made['api_key']}"}, "/api/v1/wallet/withdrawals"
    first = await owner.http.post(path, json={"amount_cents": 60}, headers=headers)
    second = await owner.http.post(path, json={"amount_cents": 60}, headers=headers)
    error = second.json()["error"]
    assert (first.status_code, second.status_code, error["code"]) == (201, 409, "SPEND_CAP_EXCEEDED")
    assert error["details"] == {"required": 60, "left": 40}
    assert (await owner.http.post(path, json={"amount_cents": 60})).status_code == 201
    bounty = {"prompt": "Name a colour", "price_cents": 50, "confirmed": True}
    drop = await owner.http.post("/api/jobs/run", json=bounty, headers=headers)
    assert (drop.status_code, drop.json()["required"], drop.json()["available"]) == (402, 50, 40)
    assert drop.json()["error"]["details"]["reason"] == "spend_cap_exceeded"
    assert "Deposit" not in drop.json()["error"]["message"]
    await opened(owner, await owner.post(f"/api/jobs/{drop.json()['id']}/pay"))
