"""What a program says is kept up to its budget, and read to its end."""

import asyncio

from joust_evaluation.sandbox.reading import Heard

_MORE_THAN_A_READER_BUFFERS = 300_000


async def test_a_flood_is_read_to_its_end_and_kept_up_to_the_budget() -> None:
    """Left in the pipe it would keep asyncio from telling that the process has ended: the run would hang."""
    stream = asyncio.StreamReader()
    stream.feed_data(b"x" * _MORE_THAN_A_READER_BUFFERS)
    stream.feed_eof()
    heard = Heard(max_bytes=1000)

    await heard.listen(stream, heard.stdout)

    assert stream.at_eof()
    assert heard.flooded.is_set()
    assert bytes(heard.stdout) == b"x" * 1000


async def test_both_streams_share_one_budget() -> None:
    heard = Heard(max_bytes=1000)
    for content, into in ((b"a" * 700, heard.stdout), (b"b" * 700, heard.stderr), (b"c" * 700, heard.stdout)):
        stream = asyncio.StreamReader()
        stream.feed_data(content)
        stream.feed_eof()
        await heard.listen(stream, into)

    assert (bytes(heard.stdout), bytes(heard.stderr)) == (b"a" * 700, b"b" * 300)
    assert heard.flooded.is_set()
