"""Images and submissions that mean harm: each is contained and named, and good work scores right after."""

from typing import Any

import pytest

from joust_evaluation.containers import logs
from joust_evaluation.containers.images import pin
from joust_evaluation.evaluations.rules import EvaluationStatus

SCORE = 'import os, json; score = os.environ["JOUST_SCORE"]\n'


def writes(content: str) -> str:
    """A poster's container that writes this as its score."""
    return SCORE + f"open(score, 'w').write({content!r})"


BAD_SCORES = {
    "missing": ("pass", "left no /output/score.json"),
    "NaN": (writes('{"score": NaN}'), "not as its schema has it"),
    "too high": (writes('{"score": 100.01}'), "less than or equal to 100"),
    "a gigabyte": (SCORE + "open(score, 'w').truncate(10**9)", "1000000000 bytes; 1000000 are allowed"),
    "a link": (SCORE + "os.symlink('/etc/passwd', score)", "not a plain file"),
    "a folder": (SCORE + "os.mkdir(score)", "not a plain file"),
    "a link to itself": (SCORE + "os.symlink(score, score)", "not a plain file"),
    "a socket": (SCORE + "import socket; socket.socket(socket.AF_UNIX).bind(score)", "not a plain file"),
    "a pipe": (SCORE + "os.mkfifo(score)", "not a plain file"),
}
"""What else may be wrong with a file's content needs no engine: see ``test_rules.py``."""


@pytest.mark.parametrize("case", BAD_SCORES)
async def test_a_score_that_is_not_as_the_contract_has_it_is_a_failure_with_its_reason(
    judged: Any, case: str
) -> None:
    poster, reason = BAD_SCORES[case]
    assert reason in await judged.failure_of(poster)


HOSTILE = {
    "a memory hog": ("x = bytearray(10**9)", "64 MB of memory (eval_memory_mb)"),
    "killed from within": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL); os._exit(137)", "137"),
    "exit 3": ("raise SystemExit(3)", "exit code 3"),
    "a fork bomb": (
        "import os, time\n"
        "try:\n"
        "    while True:\n"
        "        if os.fork() == 0: time.sleep(60); os._exit(0)\n"
        "except OSError as error:\n"
        "    print('stopped', error); raise SystemExit(7)",
        "exit code 7",
    ),
    "a disk filler": (
        "import os\n"
        "for place in ('/output/x', '/tmp/x', '/dev/shm/x', '/x', '/submission/x', '/var/tmp/x'):\n"
        "    try:\n"
        "        with open(place, 'wb') as file:\n"
        "            for _ in range(100): file.write(b'x' * 1_000_000); file.flush()\n"
        "    except OSError as error: print(place, error.strerror)\n"
        "    else: raise SystemExit(9)\n"
        "    try: os.unlink(place)\n"
        "    except OSError: pass\n"
        "raise SystemExit(8)",
        "exit code 8",
    ),
    "many small files": (
        "import errno\n"
        "try:\n"
        "    for number in range(100_000): open(f'/output/{number}', 'w')\n"
        "except OSError as error: raise SystemExit(6 if error.errno == errno.ENOSPC else 9)",
        "exit code 6",
    ),
    "the network": (
        "import socket\n"
        "for address in (('1.1.1.1', 53), ('172.17.0.1', 22), ('169.254.169.254', 80)):\n"
        "    try: socket.create_connection(address, 2)\n"
        "    except OSError as error: print(error)\n"
        "    else: raise SystemExit(9)\n"
        "asks = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "try: asks.sendto(b'x', ('1.1.1.1', 53))\n"
        "except OSError as error: print(error)\n"
        "else: raise SystemExit(9)\n"
        "try: socket.getaddrinfo('example.com', 80)\n"
        "except OSError as error: print(error)\n"
        "else: raise SystemExit(9)\n"
        "raise SystemExit(5)",
        "exit code 5",
    ),
    "descriptors": (
        "import errno, os\n"
        "try:\n"
        "    while True: os.dup(0)\n"
        "except OSError as error: raise SystemExit(3 if error.errno == errno.EMFILE else 9)",
        "exit code 3",
    ),
    "a setuid program of its own": (
        "import os, pathlib, shutil, subprocess\n"
        "shutil.copy(shutil.which('sleep'), '/tmp/sleep')\n"
        "os.chmod('/tmp/sleep', 0o4755)\n"
        "begun = subprocess.Popen(['/tmp/sleep', '9'], user=65534, group=65534, extra_groups=[])\n"
        "ids = pathlib.Path(f'/proc/{begun.pid}/status').read_text().split('Uid:')[1].split()[:4]\n"
        "raise SystemExit(2 if set(ids) == {'65534'} else 9)",
        "exit code 2",
    ),
    "rights": (
        "import os, ctypes\n"
        "status = open('/proc/self/status').read()\n"
        "assert 'NoNewPrivs:\\t1' in status\n"
        "caps = int(status.split('CapEff:')[1].split()[0], 16)\n"
        # KILL 5, SETGID 6, SETUID 7 and nothing else
        "assert caps == 0b11100000, bin(caps)\n"
        "tries = [lambda: os.chown('/tmp', 1, 1), lambda: os.mknod('/tmp/d', 0o60600, os.makedev(8, 0)),\n"
        "         lambda: os.chroot('/tmp'), lambda: open('/proc/sysrq-trigger', 'w'),\n"
        "         lambda: open('/sys/kernel/profiling', 'w'), lambda: os.sethostname('x')]\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "assert libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) == -1\n"
        "assert libc.unshare(0x10000000) == -1 or libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) == -1\n"
        "for each in tries:\n"
        "    try: each()\n"
        "    except (OSError, AttributeError) as error: print(error)\n"
        "    else: raise SystemExit(9)\n"
        "assert not os.path.exists('/var/run/docker.sock')\n"
        "assert not [name for name in os.environ if 'KEY' in name or 'SECRET' in name or 'URL' in name]\n"
        "raise SystemExit(4)",
        "exit code 4",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_an_image_that_means_harm_is_contained_and_named(judged: Any, case: str) -> None:
    poster, reason = HOSTILE[case]
    said = await judged.failure_of(poster)
    assert reason in said


async def test_a_container_that_never_ends_is_ended_and_the_time_is_named(judged: Any) -> None:
    said = await judged.failure_of("import time\nwhile True: time.sleep(1)", eval_timeout_seconds=2)
    assert "did not end within 2 seconds (eval_timeout_seconds)" in said


async def test_of_endless_output_the_end_is_kept_and_no_more(judged: Any) -> None:
    flood = "import sys\nwhile True: sys.stdout.write('noise ' * 1000); sys.stderr.write('x' * 100)"
    evaluation = await judged.judge({"poster.py": flood}, eval_timeout_seconds=3)
    assert "did not end within 3 seconds" in evaluation.failure_reason
    kept = await logs.read(judged.bench.resources.storage, evaluation.id)
    assert 1000 < len(kept.stdout) <= 4000
    assert "noise" in kept.stdout


async def test_a_submission_that_runs_as_another_user_cant_forge_its_score(judged: Any) -> None:
    forger = (
        "import os, pathlib, glob\n"
        "forged = '{\"score\": 100}'\n"
        "for place in ('/output/score.json', '/proc/1/root/output/score.json', '/output/x'):\n"
        "    try: pathlib.Path(place).write_text(forged); print('written', place)\n"
        "    except OSError as error: print(place, error.strerror)\n"
        "try: os.rename('/output', '/tmp/output'); print('moved')\n"
        "except OSError as error: print(error.strerror)\n"
        "try: os.setuid(0); print('root')\n"
        "except OSError as error: print(error.strerror)\n"
        "for fd in range(3, 64):\n"
        "    try: os.write(fd, forged.encode()); print('fd', fd)\n"
        "    except OSError: pass\n"
        "try: os.kill(1, 9); print('killed')\n"
        "except OSError as error: print(error.strerror)\n"
        "if os.fork() == 0:\n"
        "    import time\n"
        "    os.setsid()\n"
        "    os.close(0); os.close(1); os.close(2)\n"
        "    while True:\n"
        "        try: pathlib.Path('/output/score.json').write_text(forged)\n"
        "        except OSError: time.sleep(0.01)\n"
    )
    evaluation = await judged.judge({"answer.txt": "41", "main.py": forger})
    assert evaluation.judgement["final_score"] == 10
    said = evaluation.judgement["breakdown"]["answer"]
    assert not {"written", "moved", "root", "fd", "killed"} & set(said.split())


async def test_a_volume_that_an_image_declares_is_no_way_to_the_engines_disk(
    judged: Any, volume_image: str
) -> None:
    fills = (
        "with open('/data/x', 'wb') as file:\n"
        "    try:\n        for _ in range(30): file.write(b'x' * 1_000_000); file.flush()\n"
        "    except OSError as error: raise SystemExit(6 if error.errno == 28 else 7)"
    )
    by_content = await pin(judged.engine, volume_image, judged.bench.resources.containers.policy)
    said = await judged.failure_of(fills, eval_image=volume_image, eval_image_digest=by_content)
    assert "exit code 6" in said


async def test_an_image_that_is_gone_is_named(judged: Any) -> None:
    gone = f"sha256:{'0' * 64}"
    evaluation = await judged.judge({"answer.txt": "42"}, eval_image_digest=gone)
    assert "does not exist any more" in evaluation.failure_reason
    assert evaluation.platform_fault


async def test_a_broken_archive_is_the_works_own_fault(judged: Any) -> None:
    task = await judged.task()
    done = await judged.run(await judged.bench.hand_in(task, {"a": "1", "a/b": "2"}))
    assert (done.status, done.platform_fault) == (EvaluationStatus.FAILED, False)
    assert "is a file and a folder" in done.failure_reason


async def test_good_work_scores_right_after_and_nothing_is_left_over(judged: Any) -> None:
    evaluation = await judged.judge({"answer.txt": "42\n"})
    assert evaluation.judgement["final_score"] == 100
    assert {each: await judged.leftovers(each) for each in judged.handed_in} == {
        each: [] for each in judged.handed_in
    }
