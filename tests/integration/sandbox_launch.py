"""Becomes a user without rights, loads a system call filter, and runs a program.

Run inside bubblewrap by ``unit_sandbox.py``, with what a unit file says as JSON in the first
argument: what systemd's executor does last before it starts a service.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import sys
from pathlib import Path

ALLOW = 0x7FFF0000
EPERM_ACTION = 0x00050000 | errno.EPERM
MASKED_EQUAL = 7  # SCMP_CMP_MASKED_EQ
NOT_EQUAL = 1
PR_SET_NO_NEW_PRIVS = 38
PR_CAPBSET_DROP = 24
PROT_WRITE, PROT_EXEC = 2, 4


class Comparison(ctypes.Structure):
    """``struct scmp_arg_cmp`` of libseccomp."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    )


def load_filter(allowed: list[str], families: list[int], no_new_code: bool) -> None:
    """Load the filter; everything that is not allowed ends with EPERM."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    deny, allow = ctypes.c_uint32(EPERM_ACTION), ctypes.c_uint32(ALLOW)
    context = ctypes.c_void_p(library.seccomp_init(deny))

    def permit(name: str, *comparisons: Comparison) -> None:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return  # of another architecture
        array = (Comparison * len(comparisons))(*comparisons)
        problem = library.seccomp_rule_add_array(context, allow, number, len(comparisons), array)
        if problem:
            sys.exit(f"no rule for {name}: {problem}")

    special = {"socket", *(("mmap", "mprotect", "pkey_mprotect", "shmat") if no_new_code else ())}
    for name in set(allowed) - special:
        permit(name)
    for family in families:
        permit("socket", Comparison(0, 4, family, 0))
    if no_new_code:  # MemoryDenyWriteExecute=, systemd.exec(5)
        for wanted in (0, PROT_WRITE, PROT_EXEC):
            permit("mmap", Comparison(2, MASKED_EQUAL, PROT_WRITE | PROT_EXEC, wanted))
        for name in ("mprotect", "pkey_mprotect"):
            permit(name, Comparison(2, MASKED_EQUAL, PROT_EXEC, 0))
        permit("shmat", Comparison(2, MASKED_EQUAL, 0o100000, 0))
    if problem := library.seccomp_load(context):
        sys.exit(f"the filter cannot be loaded: {problem}")


def main() -> None:
    """Drop all rights and become the program."""
    told = json.loads(sys.argv[1])
    os.setgroups([])
    os.setresgid(*[told["gid"]] * 3)
    os.setresuid(*[told["uid"]] * 3)
    os.umask(told["umask"])
    libc = ctypes.CDLL(None, use_errno=True)
    if told["no_capabilities"]:  # those that root would get back when the program starts
        last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
        for capability in range(last + 1):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        sys.exit("no_new_privs was refused")
    load_filter(told["system_calls"], told["families"], told["no_new_code"])
    os.execv(told["program"][0], told["program"])  # noqa: S606 - the test's own words


if __name__ == "__main__":
    main()
