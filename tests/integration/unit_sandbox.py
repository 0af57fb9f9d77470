"""A box's processes under the restrictions of their own unit files, where no systemd runs.

Reads ``systemd/watchpost-*.service`` and translates it: bubblewrap for namespaces and mounts,
libseccomp for the system calls. Not translated, because only systemd can: control groups
(``DeviceAllow=``, replaced by a /dev with the pseudo devices alone), and ``PrivateUsers=``.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAUNCH = Path(__file__).with_name("sandbox_launch.py")
STATE, RUN, CONFIG = Path("/var/lib/watchpost"), Path("/run/watchpost"), Path("/etc/watchpost")
FIRST_ID = 64_100  # of users that are no one's on a machine that runs tests
GROUP = FIRST_ID

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("bwrap"),
    reason="changing users needs root, the sandbox needs bubblewrap",
)


class Unit:
    """What a unit file says in [Service]; a key that comes twice has several values."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._values: dict[str, list[str]] = defaultdict(list)
        text = (ROOT / "systemd" / f"watchpost-{name}.service").read_text()
        for line in text.partition("[Service]")[2].partition("[Install]")[0].splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                self._values[key].append(value)

    def one(self, key: str) -> str:
        """The value of a key that comes once; "" when it does not."""
        return self._values[key][-1] if self._values[key] else ""

    def says(self, key: str, value: str) -> bool:
        """Whether a key is there with this value."""
        return value in self._values[key]

    def paths(self, key: str) -> list[Path]:
        """The paths of a key, without the mark that they may be missing."""
        words = " ".join(self._values[key]).split()
        return [Path(word.lstrip("-+")) for word in words]

    def system_calls(self) -> list[str]:
        """The system calls that the filter lets through."""
        allowed: set[str] = set()
        for value in self._values["SystemCallFilter"]:
            names = {name for word in value.lstrip("~").split() for name in expand(word)}
            allowed = allowed - names if value.startswith("~") else allowed | names
        return sorted(allowed)

    def families(self) -> list[int]:
        """The address families that sockets may have."""
        words = self.one("RestrictAddressFamilies").split()
        return [int(getattr(socket, word)) for word in words]


def expand(word: str) -> list[str]:
    """A system call, or all of a named set, as this systemd knows it."""
    if not word.startswith("@"):
        return [word]
    said = subprocess.run(
        ["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True
    ).stdout
    lines = [line.strip() for line in said.splitlines()[1:]]
    return [name for line in lines if line and line[0] != "#" for name in expand(line)]


class SandboxedBox:
    """The folders of a box, and its processes each in its unit's sandbox.

    Args:
        folder: for everything; the sandboxes see its parts where a box has them.
        toml: the settings file.
        readable: what else the processes must be able to read, such as the repository.
    """

    def __init__(self, folder: Path, toml: str, readable: list[Path]) -> None:
        self.folder = folder
        self._readable = [Path(sys.base_prefix), ROOT, Path(sys.prefix), *readable]
        self.users = {
            name: FIRST_ID + 1 + i for i, name in enumerate(("recognise", "report", "status"))
        } | {"update": 0}
        for name in ("etc", "credentials"):
            (folder / name).mkdir()
        (folder / "etc" / "watchpost.toml").write_text(toml)
        (folder / "credentials" / "watchlist-key").write_bytes(os.urandom(32))
        (folder / "credentials" / "evidence-key").write_bytes(os.urandom(32))
        for one in (folder / "credentials").iterdir():
            one.chmod(0o444)
        self._make_folders()
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def state(self) -> Path:
        """Its state folder, from outside."""
        return self.folder / "tree" / STATE.relative_to("/")

    @property
    def run_dir(self) -> Path:
        """Its run folder, from outside."""
        return self.folder / "tree" / RUN.relative_to("/")

    def log(self, name: str) -> Path:
        """What a process wrote."""
        return self.folder / f"{name}.log"

    def start(self, name: str, **environ: str) -> None:
        """Start a process in its unit's sandbox."""
        unit = Unit(name)
        command = unit.one("ExecStart").split()
        program = [sys.executable, "-m", "edge.cli.main", *command[1:]]
        self._running[name] = self.start_program(unit, program, **environ)

    def start_program(
        self, unit: Unit, program: list[str], **environ: str
    ) -> subprocess.Popen[bytes]:
        """Start any program in a unit's sandbox."""
        told = {
            "uid": self.users[unit.name],
            "gid": GROUP,
            "umask": int(unit.one("UMask"), 8),
            "system_calls": unit.system_calls(),
            "families": unit.families(),
            "no_capabilities": unit.says("CapabilityBoundingSet", ""),
            "no_new_code": unit.one("MemoryDenyWriteExecute") == "yes",
            "program": program,
        }
        with self.log(unit.name).open("ab") as log:
            return subprocess.Popen(
                [*self._walls(unit), sys.executable, str(LAUNCH), json.dumps(told)],
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=os.environ | environ,
            )

    def wait(self, name: str, timeout_s: float) -> int:
        """Wait for a process to end by itself."""
        return self._running[name].wait(timeout_s)

    def alive(self) -> bool:
        """Whether every process that was started still runs or has ended well."""
        return not any(process.poll() for process in self._running.values())

    def stop(self) -> None:
        """End all that runs."""
        for process in self._running.values():
            process.kill()  # bwrap; --die-with-parent takes its child along
            process.wait()

    def _walls(self, unit: Unit) -> list[str]:
        walls = ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
        if unit.one("PrivateNetwork") == "yes":
            walls.append("--unshare-net")
        for top in ("usr", "bin", "lib", "lib64", "sbin", "opt"):
            walls += _as_it_is(Path("/") / top)
        for one in sorted(Path("/etc").iterdir()):
            if one != CONFIG and one.exists():
                walls += _bind(one, one)
        walls += [
            "--proc",
            "/proc",
            "--dev",
            "/dev",
            "--perms",
            "1777",
            "--tmpfs",
            "/tmp",
            "--ro-bind",
            "/sys",
            "/sys",
        ]
        for path in self._readable:
            walls += _bind(path, path)
        walls += _bind(self.folder / "etc", CONFIG)
        credentials = RUN.parent / "credentials" / f"watchpost-{unit.name}.service"
        for key in unit.paths("LoadCredential"):
            source = self.folder / "credentials" / key
            walls += _bind(source, credentials / key)
        walls += ["--setenv", "CREDENTIALS_DIRECTORY", str(credentials)]
        walls += ["--setenv", "PYTHONDONTWRITEBYTECODE", "1"]
        return [*walls, *self._mounts(unit)]

    def _mounts(self, unit: Unit) -> list[str]:
        """The unit's paths, the outer ones first, as systemd mounts them."""
        how = {STATE: "--ro-bind", RUN: "--ro-bind"}
        how |= dict.fromkeys(unit.paths("ReadOnlyPaths"), "--ro-bind")
        how |= dict.fromkeys(unit.paths("ReadWritePaths"), "--bind")
        mounts = []
        for path in sorted(how):
            inside = self.folder / "tree" / path.relative_to("/")
            if inside.exists():
                mounts += _bind(inside, path, how[path])
        for path in unit.paths("InaccessiblePaths"):
            inside = self.folder / "tree" / path.relative_to("/")
            if inside.is_dir():
                mounts += ["--perms", "0000", "--tmpfs", str(path)]
            elif inside.exists():
                mounts += ["--ro-bind", "/dev/null", str(path)]
        return mounts

    def _make_folders(self) -> None:
        """As systemd-tmpfiles would, from the same file."""
        users = {f"watchpost-{name}": number for name, number in self.users.items()}
        for line in (ROOT / "systemd" / "watchpost.tmpfiles").read_text().splitlines():
            if line.startswith("d "):
                _, path, mode, user, _, _ = line.split()
                folder = self.folder / "tree" / path.lstrip("/")
                folder.mkdir(parents=True)
                os.chown(folder, users.get(user, 0), GROUP)
                folder.chmod(int(mode, 8))


def _bind(source: Path, target: Path, how: str = "--ro-bind") -> list[str]:
    """A mount, and the folders above it for everyone to pass: bubblewrap's own are root's."""
    above = [str(folder) for folder in reversed(target.parents[:-1])]
    passable = [word for folder in above for word in ("--dir", folder)]
    return [*passable, how, str(source), str(target)]


def _as_it_is(path: Path) -> list[str]:
    """A top folder, or the link that stands for it."""
    if path.is_symlink():
        return ["--symlink", str(path.readlink()), str(path)]
    return ["--ro-bind", str(path), str(path)] if path.exists() else []
