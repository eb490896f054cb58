"""A limit to how long a judge is waited for."""

import asyncio

from joust_evaluation.judges.base import Judge, JudgeRequest, JudgeUnavailable, Verdict


async def judge_in_time(judge: Judge, request: JudgeRequest, seconds: float) -> Verdict:
    """What the judge says within ``seconds``. Raises ``JudgeUnavailable``, also when they are over."""
    try:
        async with asyncio.timeout(seconds):
            return await judge.judge(request)
    except TimeoutError as error:
        raise JudgeUnavailable(f"The judge took longer than {seconds:g} seconds.") from error
