"""Which system calls a program in bubblewrap can't make: the parts of the kernel that no ordinary program
needs, and in which the holes of recent years were. Everything else stays allowed, so no language breaks.

The filter is assembled by seccompy; where that does not know the processor there is none.
"""

import errno
import importlib.util
from collections.abc import Iterator
from itertools import chain

_DENIED = (
    # Asynchronous I/O past every filter, watches on other processes' memory, programs in the kernel.
    ("io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "bpf", "perf_event_open"),
    # Other processes.
    ("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd"),
    # Keys, which no namespace divides.
    ("add_key", "request_key", "keyctl"),
    # Namespaces and mounts, old and new.
    ("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree"),
    ("fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr"),
    # Files past their paths.
    ("open_by_handle_at", "name_to_handle_at", "fanotify_init", "quotactl"),
    # The machine itself.
    ("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot"),
    ("swapon", "swapoff", "acct", "syslog", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime"),
    ("vhangup", "sethostname", "setdomainname", "migrate_pages", "move_pages"),
)
_SOCKETS = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}
"""Of these there is nothing to reach. The other families are rarely used, and so rarely looked at."""
_NAMESPACES = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
"""``CLONE_NEWNS``, ``…CGROUP``, ``…UTS``, ``…IPC``, ``…USER``, ``…PID``, ``…NET`` (linux/sched.h)."""
_X32 = 0x40000000
"""Calls of the x32 ABI bear this bit beside the number, and pass as calls of the same architecture."""
_X32_OWN = {
    "ptrace": 521,
    "kexec_load": 528,
    "move_pages": 533,
    "process_vm_readv": 539,
    "process_vm_writev": 540,
}


def filter_program() -> bytes | None:
    """The filter as the kernel takes it; ``None`` where there can be none. Programs of another architecture
    than the machine's are killed."""
    if importlib.util.find_spec("seccompy") is None:
        return None
    # The package is there on Linux alone.
    from seccompy import UnsupportedError  # noqa: PLC0415

    try:
        return _assembled()
    except UnsupportedError:
        return None


def _assembled() -> bytes:
    from seccompy import ArgCmp, CmpOp, Filter  # noqa: PLC0415

    built = Filter()
    for name in chain.from_iterable(_DENIED):
        for number in _numbers_of(name):
            built.errno(number, errno.EPERM)
    for number in _numbers_of("clone"):
        for flag in _NAMESPACES:
            built.errno(number, errno.EPERM, args=[ArgCmp(0, CmpOp.MASKED_EQ, flag, mask=flag)])
    # Its flags lie in memory, where no filter sees them; libraries then use clone.
    for number in _numbers_of("clone3"):
        built.errno(number, errno.ENOSYS)
    for number in _numbers_of("socket"):
        for family in _SOCKETS.values():
            built.allow(number, args={0: family})
        built.errno(number, errno.EAFNOSUPPORT)
    return built.program


def _numbers_of(name: str) -> Iterator[int]:
    from seccompy import arch, syscall_nr  # noqa: PLC0415

    yield syscall_nr(name)
    if arch() == "x86_64":
        yield _X32 | _X32_OWN.get(name, syscall_nr(name))
