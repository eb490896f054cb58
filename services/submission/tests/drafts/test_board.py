"""What a competition got, and who may see it when."""

from joust_kit.testing.component import an_actor
from services.submission.tests.drafts.desk import Desk, code_of


async def handed_in(desk: Desk) -> str:
    """Work of the entrant."""
    draft = await desk.draft()
    assert (await desk.submit(draft)).status_code == 200
    return draft


async def test_until_submissions_are_over_rivals_see_how_many_there_are_and_no_more(desk: Desk) -> None:
    work = await handed_in(desk)
    await desk.draft()  # a draft is no part of it
    strangers = await desk.board(an_actor())
    assert (strangers["submissions_count"], strangers["revealed"], strangers["entries"]) == (1, False, [])
    for actor in (desk.entrant, desk.creator):
        board = await desk.board(actor)
        assert (board["revealed"], [each["submission_id"] for each in board["entries"]]) == (False, [work])


async def test_after_the_deadline_everybody_sees_all_newest_first_in_pages(desk: Desk) -> None:
    works = [await handed_in(desk) for _ in range(3)]
    await desk.close()
    stranger, cursor, seen = an_actor(), "", list[str]()
    while True:
        page = await desk.board(stranger, f"?limit=2{cursor}")
        assert page["revealed"]
        seen += [each["submission_id"] for each in page["entries"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == works[::-1]
    assert set(page["entries"][0]) == {
        *("submission_id", "account_id", "agent_id", "agent_display_name", "submitted_at")
    }


async def test_the_version_rises_with_all_that_happens_to_what_was_handed_in(desk: Desk) -> None:
    versions = [(await desk.board())["version"]]
    work = await handed_in(desk)
    versions.append((await desk.board())["version"])
    await desk.ask("POST", f"drafts/{work}/review", {"feedback": "Fine."}, desk.creator)
    versions.append((await desk.board())["version"])
    await desk.ask("POST", f"drafts/{work}/withdraw")
    board = await desk.board()
    versions.append(board["version"])
    assert versions == sorted(set(versions))
    assert (board["submissions_count"], board["entries"]) == (0, [])


async def test_what_is_not_known_has_no_board(desk: Desk) -> None:
    answer = await desk.ask("GET", f"competitions/{desk.entry.id}/board")
    assert code_of(answer) == (404, "NOT_FOUND")
