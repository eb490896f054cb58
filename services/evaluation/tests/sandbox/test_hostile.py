"""What strangers' programs do to get out, or to bring the worker down: each is contained and named."""

import asyncio
import os
import shutil
import socket
from pathlib import Path
from uuid import uuid4

import pytest

from joust_evaluation.sandbox.base import Ending, Sandbox
from services.evaluation.tests.sandbox.conftest import Execute

BOMBS = {
    "forks without end": ("import os\nwhile True:\n    os.fork()", {Ending.PROCESSES}),
    "threads without end": (
        "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(9,)).start()",
        {Ending.PROCESSES},
    ),
    "one huge allocation": ("bytearray(10**10)", {Ending.MEMORY}),
    "memory bit by bit": ("kept = []\nwhile True:\n    kept.append(bytearray(10**6))", {Ending.MEMORY}),
    "memory by many processes": (
        "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n"
        "        kept = bytearray(b'x') * (30 * 10**6)\n        time.sleep(9)\ntime.sleep(3)",
        {Ending.MEMORY},
    ),
    "shared memory": (
        "import mmap, time\nshared = mmap.mmap(-1, 10**9)\nwhile True:\n    shared.write(bytes(10**6))",
        {Ending.MEMORY},
    ),
    "one large file": (
        "with open('/tmp/large', 'wb') as file:\n    while True:\n        file.write(bytes(10**6))",
        {Ending.FILE_SIZE},
    ),
    "many files": (
        "import itertools\nfor n in itertools.count():\n    open(f'/tmp/{n}', 'wb').write(bytes(10**6))",
        {Ending.DISK},
    ),
    "files without content": (
        "import itertools\nfor n in itertools.count():\n    open(f'/tmp/{n}', 'wb').close()",
        {Ending.DISK},
    ),
    "files in shared memory": (
        "import itertools\nfor n in itertools.count():\n    open(f'/dev/shm/{n}', 'wb').write(bytes(10**6))",
        {Ending.DISK},
    ),
    "descriptors without end": ("import os\nwhile True:\n    os.dup(0)", {Ending.OPEN_FILES}),
    "output without end": ("while True:\n    print('x' * 1000)", {Ending.OUTPUT}),
    "complaints without end": ("import sys\nwhile True:\n    sys.stderr.write('x' * 1000)", {Ending.OUTPUT}),
    "spinning": ("while True:\n    pass", {Ending.CPU, Ending.TIME}),
    "sleeping": ("import time\ntime.sleep(999)", {Ending.TIME}),
    "sleeping deaf": (
        "import signal, time\nfor number in range(1, 32):\n    try:\n        signal.signal(number, signal.SIG_IGN)\n"
        "    except OSError:\n        pass\ntime.sleep(999)",
        {Ending.TIME},
    ),
}


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_ends_by_the_limit_that_it_reached(name: str, execute: Execute) -> None:
    code, endings = BOMBS[name]
    run = await execute(code, seconds=2.5 if Ending.TIME in endings else 8)
    assert run.ending in endings, run
    assert not run.succeeded
    assert len(run.stdout) + len(run.stderr) <= 64 * 1024


async def test_the_event_loop_turns_while_a_program_spins(execute: Execute) -> None:
    running = asyncio.create_task(execute("while True: pass", seconds=1.5, cpu_seconds=9))
    longest, before = 0.0, asyncio.get_running_loop().time()
    while not running.done():
        await asyncio.sleep(0.01)
        now = asyncio.get_running_loop().time()
        longest, before = max(longest, now - before), now
    assert (await running).ending is Ending.TIME
    assert longest < 0.5


READ = "import sys\nfor path in {paths!r}:\n    try:\n        print(open(path).read())\n    except OSError as error:\n        print('refused', error.errno)"


async def test_files_of_the_machine_are_not_there(execute: Execute, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_text("sing")
    paths = [
        str(canary),
        str(Path(__file__).resolve()),
        "/proc/1/root" + str(canary),
        "/proc/self/cwd/../work",
    ]
    run = await execute(READ.format(paths=paths))
    assert [line.split()[0] for line in run.stdout.decode().splitlines()] == ["refused"] * len(paths), run
    # What an image has under these names is its own.
    names = ["/etc/passwd", "/etc/shadow", "/etc/hostname", "/root", "/home", "/var"]
    run = await execute(
        f"import os\nfor name in {names!r}:\n    try:\n        found = os.stat(name)\n"
        "        print(found.st_dev, found.st_ino)\n    except OSError:\n        print('refused')"
    )
    of_the_machine = {
        f"{found.st_dev} {found.st_ino}" for found in map(os.stat, filter(os.path.exists, names))
    }
    assert len(run.stdout.splitlines()) == len(names), run
    assert not of_the_machine & set(run.stdout.decode().splitlines())


async def test_another_runs_files_are_not_there(execute: Execute, sandbox: Sandbox) -> None:
    async with sandbox.room(uuid4()) as other:
        (other / "secret").write_text("answers")
        run = await execute(READ.format(paths=[str(other / "secret")]))
        assert run.stdout == b"refused 2\n"
        seen = await execute("import os\nprint([os.listdir('/tmp'), os.listdir('/submission')])")
        assert seen.stdout == b"[[], ['main.py']]\n"


async def test_what_one_run_wrote_is_gone_for_the_next(execute: Execute) -> None:
    await execute("open('/tmp/left', 'w').write('x')\nopen('/dev/shm/left', 'w').write('x')")
    run = await execute("import os\nprint(os.listdir('/tmp'), os.listdir('/dev/shm'))")
    assert run.stdout == b"[] []\n"


async def test_the_environment_of_the_worker_is_not_there(
    execute: Execute, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOUST_CANARY", "sing")
    run = await execute(
        "import os, pathlib\nprint(sorted(os.environ))\n"
        "for each in pathlib.Path('/proc').glob('[0-9]*/environ'):\n"
        "    try:\n        print(each.read_bytes())\n    except OSError: pass"
    )
    assert run.exit_code == 0, run
    assert b"CANARY" not in run.stdout
    names = set(eval(run.stdout.splitlines()[0]))
    assert not any("JOUST" in name for name in names)
    # An image's own are those of its maker.
    assert names >= {"HOME", "LANG", "PATH", "PWD", "TMPDIR"}
    assert sandbox.name == "container" or len(names) == 5


async def test_processes_of_the_machine_are_not_seen(execute: Execute) -> None:
    run = await execute(
        "import os\nprint(sum(name.isdigit() for name in os.listdir('/proc')), os.getuid() != 0)\n"
        "print(open('/proc/self/status').read())"
    )
    count, is_nobody = run.stdout.split()[:2]
    assert int(count) <= 3
    assert is_nobody == b"True"
    assert b"CapEff:\t0000000000000000" in run.stdout
    assert b"NoNewPrivs:\t1" in run.stdout


async def test_no_descriptor_of_the_worker_is_handed_on(execute: Execute) -> None:
    run = await execute(
        "import os\nprint([n for n in range(3, 200) if os.path.exists(f'/proc/self/fd/{n}')])"
    )
    assert run.stdout == b"[]\n"


async def test_the_network_is_out_of_reach(execute: Execute, tmp_path: Path) -> None:
    path = "/tmp/joust-canary.sock"
    Path(path).unlink(missing_ok=True)
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        unix.bind(path)
        unix.listen()
        abstract.bind("\0joust-canary")
        abstract.listen()
        port = tcp.getsockname()[1]
        run = await execute(
            f"""
import socket
def reach(family, kind, where):
    with socket.socket(family, kind) as own:
        own.settimeout(1)
        own.connect(where)
        own.send(b'x')
TCP, UDP, UNIX = (socket.AF_INET, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_DGRAM), (socket.AF_UNIX, socket.SOCK_STREAM)
for family, where in [
    (TCP, ('127.0.0.1', {port})), (TCP, ('169.254.169.254', 80)), (TCP, ('1.1.1.1', 443)),
    (UDP, ('1.1.1.1', 53)), (UNIX, {path!r}), (UNIX, '\\0joust-canary'), (UNIX, '/var/run/docker.sock'),
]:
    try:
        reach(*family, where)
        print('reached', where)
    except OSError as error:
        print('refused')
try:
    socket.getaddrinfo('example.com', 80)
    print('resolved')
except OSError:
    print('refused')
import os
print(sorted(os.listdir('/proc/self/net')) and open('/proc/net/dev').read().count(':'))
"""
        )
        tcp.setblocking(False)
        for server in (tcp, unix, abstract):
            server.settimeout(0.05)
            with pytest.raises(TimeoutError):
                server.accept()
    Path(path).unlink()
    assert run.stdout.decode().split() == ["refused"] * 8 + ["1"], run


async def test_nothing_outside_of_the_scratch_can_be_written(execute: Execute, room: Path) -> None:
    run = await execute(
        "import os\n"
        "for path in ['/new', '/usr/new', '/usr/bin/python3', '/submission/new', '/submission/main.py', '/dev/new', '/etc/new', '/proc/sys/kernel/hostname', '/sys/new']:\n"
        "    try:\n        open(path, 'ab').write(b'x')\n        print('written', path)\n"
        "    except OSError as error:\n        print('refused')\n"
        "try:\n    os.remove('/submission/main.py')\nexcept OSError:\n    print('refused')"
    )
    assert run.stdout.decode().split() == ["refused"] * 10, run
    assert os.listdir(room) == ["main.py"]


async def test_links_lead_nowhere_and_devices_can_not_be_made(execute: Execute, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_text("sing")
    run = await execute(
        f"""
import os, stat
os.symlink({str(canary)!r}, '/tmp/soft')
def attempt(name, deed):
    try:
        print(name, 'done', deed())
    except OSError:
        print('refused')
attempt('soft', lambda: open('/tmp/soft').read())
attempt('hard', lambda: os.link('/usr/bin/env', '/tmp/hard'))
attempt('disk', lambda: os.mknod('/tmp/disk', 0o600 | stat.S_IFBLK, os.makedev(254, 0)))
attempt('memory', lambda: os.mknod('/tmp/memory', 0o600 | stat.S_IFCHR, os.makedev(1, 1)))
attempt('kmsg', lambda: open('/dev/kmsg').read(1))
attempt('init', lambda: open('/proc/1/root' + {str(canary)!r}).read())
attempt('tty', lambda: open('/dev/tty', 'w').write('x'))
"""
    )
    assert run.stdout.decode().split() == ["refused"] * 7, run
    assert canary.read_text() == "sing"


async def test_no_privilege_can_be_gained(execute: Execute) -> None:
    run = await execute(
        """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, worked):
    print(name, 'done' if worked else 'refused')
def quiet(deed, *values):
    try:
        deed(*values)
        return True
    except OSError:
        return False
attempt('setuid', quiet(os.setuid, 0))
attempt('setgid', quiet(os.setgid, 0))
CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET = 0x10000000, 0x20000, 0x40000000
attempt('user namespace', libc.unshare(CLONE_NEWUSER) == 0)
attempt('mount namespace', libc.unshare(CLONE_NEWNS) == 0)
attempt('net namespace', libc.unshare(CLONE_NEWNET) == 0)
child = libc.syscall({'x86_64': 56}.get(os.uname().machine, 220), CLONE_NEWUSER | 17, 0, 0, 0, 0)
child or os._exit(0)
attempt('clone into a user namespace', child > 0)
attempt('mount', libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0)
attempt('remount', libc.mount(None, b'/', None, 32, None) == 0)
attempt('umount', libc.umount2(b'/submission', 2) == 0)
attempt('chroot', quiet(os.chroot, '/tmp'))
attempt('kill the keeper', quiet(os.kill, 1, 9) and not os.path.exists('/proc/1'))
attempt('reboot', libc.reboot(0x1234567) == 0)
attempt('kernel log', libc.klogctl(3, None, 0) >= 0)
attempt('set time', libc.settimeofday(ctypes.byref((ctypes.c_long * 2)(0, 0)), None) == 0)
"""
    )
    lines = run.stdout.decode().splitlines()
    assert len(lines) == 14, run
    assert [line for line in lines if "refused" not in line] == []


async def test_programs_that_are_setuid_have_no_more_rights(execute: Execute, room: Path) -> None:
    own = room / "sleep"
    shutil.copy(shutil.which("sleep") or "", own)
    own.chmod(0o4755)
    try:
        run = await execute(
            """
import os, pathlib, stat, subprocess
there = [path for path in pathlib.Path('/usr/bin').iterdir() if path.is_file() and path.stat().st_mode & stat.S_ISUID]
quiet = {'stdin': subprocess.PIPE, 'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
for path in [pathlib.Path('/submission/sleep'), *there]:
    try:
        begun = subprocess.Popen([path, '9'], **quiet)
    except OSError:
        continue  # it may not even be begun
    status = pathlib.Path(f'/proc/{begun.pid}/status').read_text()
    begun.kill()
    ids = status.split('Uid:')[1].split()[:4]
    print(path, 'has its caller\\'s rights' if set(ids) == {str(os.getuid())} else ids)
"""
        )
    finally:
        own.unlink()
    began = run.stdout.decode().splitlines()
    assert "/submission/sleep has its caller's rights" in began, run
    assert [line for line in began if "its caller's" not in line] == []


async def test_limits_can_not_be_raised(execute: Execute) -> None:
    run = await execute(
        "import resource\nfor what in (resource.RLIMIT_FSIZE, resource.RLIMIT_DATA, resource.RLIMIT_CPU):\n"
        "    try:\n        resource.setrlimit(what, (resource.RLIM_INFINITY,) * 2)\n        print('raised')\n"
        "    except (ValueError, OSError):\n        print('refused')"
    )
    assert run.stdout.decode().split() == ["refused"] * 3


async def test_killing_its_parent_and_all_that_it_sees_ends_the_program_alone(execute: Execute) -> None:
    run = await execute(
        "import contextlib, os\nfor victim in (os.getppid(), -1, os.getpid()):\n"
        "    with contextlib.suppress(OSError):\n        os.kill(victim, 9)"
    )
    assert run.exit_code == 137, run


async def test_a_keeper_that_is_stopped_by_its_program_is_gone_with_its_run(
    execute: Execute, sandbox: Sandbox
) -> None:
    run = await execute(
        "import ctypes, os, time\nPTRACE_ATTACH = 16\n"
        "print({os.readlink(f'/proc/1/fd/{n}').split(':')[0] for n in os.listdir('/proc/1/fd')})\n"
        "print(ctypes.CDLL(None).ptrace(PTRACE_ATTACH, 1, None, None), flush=True)\ntime.sleep(9)",
        seconds=1.5,
    )
    assert run.ending is Ending.TIME, run
    held, traced = run.stdout.decode().splitlines()
    # What the keeper holds is the program's own streams, and the event by which it tells the exit code.
    assert eval(held) <= {"pipe", "anon_inode"}
    assert traced == ("-1" if "seccomp" in run.enforced_by else "0")


async def test_the_kernels_own_files_give_nothing_away_and_take_nothing(execute: Execute) -> None:
    run = await execute(
        "def attempt(path, mode):\n    with open(path, mode) as file:\n"
        "        return file.read(9) if mode == 'rb' else file.write(b'x' * 9)\n"
        "for path, mode in [('/proc/sysrq-trigger', 'wb'), ('/proc/sys/kernel/core_pattern', 'wb'),\n"
        "                   ('/proc/kcore', 'rb'), ('/proc/kmsg', 'rb'), ('/proc/1/mem', 'wb'),\n"
        "                   ('/sys/kernel/uevent_helper', 'wb'), ('/sys/fs/cgroup/cgroup.procs', 'wb')]:\n"
        "    try:\n        print('done ' + path if attempt(path, mode) else 'refused')\n"
        "    except OSError:\n        print('refused')"
    )
    assert run.stdout.decode().split() == ["refused"] * 7, run


IO_URING = """
import ctypes, errno, mmap, os, struct
SETUP, ENTER, OPENAT, SQES = 425, 426, 18, 0x10000000
libc = ctypes.CDLL(None, use_errno=True)
params = (ctypes.c_uint32 * 30)()
ring = libc.syscall(SETUP, 4, ctypes.byref(params))
if ring < 0:
    raise SystemExit('refused')
(sq_tail, sq_mask, sq_array), sq_entries = (params[11], params[12], params[16]), params[0]
cq_head, cq_mask, cqes = params[20], params[22], params[25]
both = mmap.mmap(ring, max(sq_array + 4 * sq_entries, cqes + 16 * params[1]), offset=0)
entries = mmap.mmap(ring, 64 * sq_entries, offset=SQES)
def word(at):
    return struct.unpack_from('<I', both, at)[0]
for path, flags in {opens!r}:
    name = ctypes.create_string_buffer(path.encode())
    slot = word(sq_tail) & word(sq_mask)
    struct.pack_into('<BBHiQQII', entries, 64 * slot, OPENAT, 0, 0, -100, 0, ctypes.addressof(name), 0o600, flags)
    struct.pack_into('<I', both, sq_array + 4 * slot, slot)
    struct.pack_into('<I', both, sq_tail, word(sq_tail) + 1)
    if libc.syscall(ENTER, ring, 1, 1, 1, None, 0) < 0:
        raise SystemExit('refused')
    result = struct.unpack_from('<i', both, cqes + 16 * (word(cq_head) & word(cq_mask)) + 8)[0]
    struct.pack_into('<I', both, cq_head, word(cq_head) + 1)
    print('opened' if result >= 0 else errno.errorcode[-result], path)
"""


async def test_io_uring_is_refused_or_reaches_no_more_than_other_calls(
    execute: Execute, tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    canary.write_text("sing")
    write, create = os.O_WRONLY, os.O_WRONLY | os.O_CREAT
    opens = [
        ("/submission/main.py", write),
        ("/new", create),
        ("/usr/new", create),
        (str(canary), os.O_RDONLY),
    ]
    run = await execute(IO_URING.replace("{opens!r}", repr([*opens, ("/tmp/allowed", create)])))
    if run.stderr.strip() == b"refused":
        assert run.stdout == b""
        return
    assert "seccomp" not in run.enforced_by
    assert [line.split()[0] for line in run.stdout.decode().splitlines()] == [
        *["EROFS"] * 3,
        "ENOENT",
        "opened",
    ], run


async def test_sockets_of_rare_families_can_not_be_made(execute: Execute) -> None:
    run = await execute(
        "import socket\nfor family in (17, 38, 40, 44):\n    try:\n        socket.socket(family, socket.SOCK_RAW)\n"
        "        print('made', family)\n    except OSError as error:\n        print('refused')"
    )
    assert run.stdout.decode().split() == ["refused"] * 4, run


async def test_a_process_left_behind_is_gone_with_its_run(execute: Execute) -> None:
    marker = f"86{os.getpid()}"
    run = await execute(
        f"import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        f"        os.execvp('sleep', ['sleep', '{marker}'])\n    os._exit(0)\ntime.sleep(0.3)\nprint('bye')"
    )
    assert (run.ending, run.stdout) == (Ending.EXITED, b"bye\n")
    commands = [each.read_bytes() for each in _command_lines()]
    assert not any(marker.encode() in command for command in commands)


def _command_lines() -> list[Path]:
    return [path for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]


async def test_a_program_that_claims_a_limit_is_not_believed_when_it_succeeds(execute: Execute) -> None:
    run = await execute("import sys\nsys.stderr.write('MemoryError')")
    assert run.ending is Ending.EXITED


async def test_an_input_that_nobody_reads_does_no_harm(execute: Execute) -> None:
    run = await execute("print('done')", stdin=b"x" * 5_000_000)
    assert (run.ending, run.stdout) == (Ending.EXITED, b"done\n")


async def test_a_program_that_is_not_there_is_the_programs_failure(execute: Execute) -> None:
    run = await execute(argv=("no-such-program",))
    assert (run.ending, run.exit_code) == (Ending.EXITED, 127)
