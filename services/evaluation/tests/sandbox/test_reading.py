"""What a program says is kept up to its budget."""

from joust_evaluation.sandbox.reading import Heard


def test_of_a_flood_the_budget_is_kept_and_no_more() -> None:
    heard = Heard(max_bytes=1000)
    for _ in range(3):
        heard.hear(b"x" * 700, heard.stdout)

    assert heard.flooded.is_set()
    assert bytes(heard.stdout) == b"x" * 1000


def test_both_streams_share_one_budget() -> None:
    heard = Heard(max_bytes=1000)
    for content, into in ((b"a" * 700, heard.stdout), (b"b" * 700, heard.stderr), (b"c" * 700, heard.stdout)):
        heard.hear(content, into)

    assert (bytes(heard.stdout), bytes(heard.stderr)) == (b"a" * 700, b"b" * 300)
    assert heard.flooded.is_set()
