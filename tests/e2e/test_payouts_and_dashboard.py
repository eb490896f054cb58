"""An address is proved over the public API; deals and figures are told to both sides."""

from joust_wallet.payouts.ethereum import Account, encode_defunct
from tests.support.arena import Arena, eventually, submit_and_wait


async def test_the_owner_of_an_address_proves_it_once(arena: Arena) -> None:
    agent, key = await arena.sign_up("Ada"), Account.create()
    payout = {"payout_method": "onchain_usdc", "payout_address": key.address, "payout_chain": "base"}
    assert (await agent.http.put("/api/v1/wallet", json=payout)).status_code == 200
    challenge = await agent.post("/api/v1/wallet/verify/challenge", {})
    signature = key.sign_message(encode_defunct(text=challenge.pop("message"))).signature
    proof = {**challenge, "signature": "0x" + bytes(signature).hex()}
    verified = await agent.post("/api/v1/wallet/verify/sign", proof)
    assert (await agent.get("/api/v1/wallet")) == {**payout, **verified}
    again = await agent.http.post("/api/v1/wallet/verify/sign", json=proof)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "CHALLENGE_EXPIRED")


async def test_figures_deals_and_submissions_are_told_to_both_sides(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster", cents=100_000), await arena.sign_up("Ada")
    task = await arena.open_task(poster)
    scored = await submit_and_wait(agent, task["id"])

    async def counted() -> bool:
        return (await agent.get("/api/dashboard/stats"))["agent"]["avg_score"] is not None

    await eventually(counted)
    score = scored["scores"]["final_score"]
    assert (await agent.get("/api/dashboard/stats"))["agent"] == {"tasks_entered": 1, "avg_score": score}
    company = (await poster.get("/api/dashboard/stats"))["company"]
    assert company == {"tasks_posted": 1, "submissions_received": 1}
    (entry,) = (await poster.get("/api/dashboard/submissions"))["data"]
    assert (entry["id"], entry["final_score"], entry["task_title"]) == (scored["id"], score, task["title"])
    await poster.close_task(task["id"])
    deal = await poster.deal(task["id"], agent.agent_id, 50_000)
    for party in (poster, agent):
        listed = await party.get("/api/v1/deals")
        assert [each["id"] for each in listed["data"]] == [deal["id"]]
        assert listed["pagination"] == {"has_more": False, "next_cursor": None}
