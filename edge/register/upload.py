"""Sends a published repository on to a web server that takes WebDAV's PUT and DELETE.

In: a register's own copy of the repository, the server's address, a login from ``~/.netrc``.
Out: the same files at the server. Always: the timestamp is sent last, and what is gone from the
copy is deleted from the server after it; a file is noted before it is sent, so that whatever
interrupts it, the next sending knows all that may lie there. A redirect is not followed, and a
login goes over TLS only.
"""

from __future__ import annotations

import base64
import hashlib
import http
import http.client
import json
import netrc
import shutil
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, TargetFile, Targets, Timestamp

from edge.errors import RegisterError
from edge.register.database import Register
from edge.register.destinations import noted
from edge.register.repository import METADATA, write_readable
from edge.runtime.web import failure_in_words, is_this_machine, web_opener

TIMESTAMP = f"{METADATA}/timestamp.json"
WAIT_S = 30.0
_COPIES = "served"
_PREFIX = "upload:"
_MAX_METADATA_BYTES = 1024 * 1024
_GONE = (http.HTTPStatus.NOT_FOUND, http.HTTPStatus.GONE)


def is_web_address(address: str) -> bool:
    """Whether a destination is a server, not a folder."""
    return urlsplit(address).scheme in ("http", "https")


def copy_for(register: Register, address: str) -> Path:
    """The folder in which a register keeps its copy of what a server offers.

    Raises:
        RegisterError: the address cannot be sent to.
    """
    parts = urlsplit(address)
    if not parts.hostname or parts.query or parts.fragment or parts.username or parts.password:
        raise RegisterError(
            "The address of the server must be https://HOST/PATH and hold no password.",
            "Put the login into ~/.netrc: machine HOST login NAME password SECRET.",
        )
    if parts.scheme == "http" and not is_this_machine(parts.hostname):
        raise RegisterError(
            f"{address} would send the login and the list unencrypted.", "Use an https address."
        )
    name = hashlib.sha256(address.rstrip("/").encode()).hexdigest()[:16]
    return (register.folder / _COPIES / name).absolute()


def send_to(register: Register, folder: Path, address: str) -> None:
    """Remember where the copy in a folder is sent; call before it is published to."""
    with register.change():
        register.set_setting(_key(register, folder), address.rstrip("/"))


def server_of(register: Register, folder: Path) -> Server | None:
    """Where a folder's files are sent on; None for a folder that boxes or people read themselves.

    Raises:
        RegisterError: ``~/.netrc`` cannot be read.
    """
    address = address_of(register, folder)
    return Server(address, _login(address)) if address else None


def address_of(register: Register, folder: Path) -> str | None:
    """The address that a folder's files are sent on to; None for a folder that is read itself."""
    return register.setting(_key(register, folder))


def forget_copy(register: Register, folder: Path) -> None:
    """Drop the address and the copy: it holds templates, and is kept up to date no longer.

    Raises:
        RegisterError: the copy cannot be deleted.
    """
    if address_of(register, folder) is None:
        return
    try:
        _note_of(folder).unlink(missing_ok=True)
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise RegisterError(
            f"{folder} cannot be deleted ({error.strerror}).", "Check its rights."
        ) from error
    with register.change():
        register.run("DELETE FROM settings WHERE name = ?", (_key(register, folder),))


@dataclass(frozen=True, slots=True)
class Server:
    """A web server's folder.

    Attributes:
        address: without a slash at its end.
        login: value of the Authorization header, or "".
    """

    address: str
    login: str = ""

    def bring_timestamp(self, folder: Path) -> None:
        """Take over the server's timestamp when it is ahead of the copy's.

        Publishing then sees that the register is an old backup, as it does with a folder.

        Raises:
            RegisterError: the server cannot be asked, or its timestamp is damaged.
        """
        answer = self._ask("GET", TIMESTAMP, passing=_GONE)
        if answer is None:
            return
        try:
            there = Metadata[Timestamp].from_bytes(answer).signed.version
        except RepositoryError as error:
            raise RegisterError(
                f"{self.address}/{TIMESTAMP} is damaged.", "Look at what the server has there."
            ) from error
        path = folder / TIMESTAMP
        try:
            here = Metadata[Timestamp].from_bytes(path.read_bytes()).signed.version
        except (OSError, RepositoryError):
            here = 0
        if there > here:
            # The register is a backup, or is restored from one: learn what else lies there.
            told = dict.fromkeys(self._listed(there) + self._listed(there - 1), "")
            self._note(folder, told | self._noted(folder))
            self._write(path, answer)

    def _listed(self, version: int) -> list[str]:
        """Files of a release, as the server tells; none when it has no such release."""
        own = [f"{METADATA}/{version}.{role}.json" for role in ("targets", "snapshot")]
        answer = self._ask("GET", own[0], passing=_GONE)
        if answer is None:
            return []
        try:
            targets = Metadata[Targets].from_bytes(answer).signed.targets
        except RepositoryError as error:
            raise RegisterError(
                f"{self.address}/{own[0]} is damaged.", "Look at what the server has there."
            ) from error
        for name, target in targets.items():
            folder, _, last = name.rpartition("/")
            own.append("/".join(filter(None, ("targets", folder, _prefixed(target, last)))))
        return own

    def send(self, folder: Path) -> int:
        """Bring the server to what the folder holds.

        Returns:
            Bytes sent.

        Raises:
            RegisterError: the server refuses, or is not there; sending again goes on.
        """
        noted = self._noted(folder)
        names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
        # A hash that was noted is what the server holds; the timestamp is always sent again.
        names.sort(key=lambda name: (name == TIMESTAMP, name))
        sums = {name: _sum(folder / name) for name in names}
        new = [name for name in names if noted.get(name) != sums[name] or name == TIMESTAMP]
        gone = noted.keys() - sums.keys()
        self._note(folder, {**noted, **dict.fromkeys(new, "")})
        sent = sum(self._put(name, (folder / name).read_bytes()) for name in new)
        for name in sorted(gone):
            self._ask("DELETE", name, passing=_GONE)
        self._note(folder, sums)
        return sent

    def _put(self, name: str, data: bytes) -> int:
        if self._ask("PUT", name, data, passing=(http.HTTPStatus.CONFLICT,)) is None:
            # RFC 4918: a folder that a PUT needs is not there.
            folders = name.split("/")[:-1]
            for depth in range(1, len(folders) + 1):
                place = "/".join(folders[:depth]) + "/"
                self._ask("MKCOL", place, passing=(http.HTTPStatus.METHOD_NOT_ALLOWED,))
            self._ask("PUT", name, data)
        return len(data)

    def _ask(
        self, method: str, name: str, data: bytes | None = None, passing: tuple[int, ...] = ()
    ) -> bytes | None:
        """The answer's first bytes; None when its status is one of ``passing``."""
        url = f"{self.address}/{name}"
        headers = {"Authorization": self.login} if self.login else {}
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310  # checked
        try:
            with web_opener(lambda _: "is another one").open(request, timeout=WAIT_S) as answer:
                found: bytes = answer.read(_MAX_METADATA_BYTES)
                return found
        except urllib.error.HTTPError as error:
            with error:
                if error.code in passing:
                    return None
                raise RegisterError(
                    f"The server answered {error.code} to {method} {url}.", _remedy(error.code)
                ) from error
        except (OSError, http.client.HTTPException) as error:
            raise RegisterError(
                f"{url}: {failure_in_words(error)}.",
                "Check the server and the network, then `watchpost register publish` again.",
            ) from error

    def _noted(self, folder: Path) -> dict[str, str]:
        """Hash of each file that may be at the server; "" when it is not known whether it is."""
        try:
            found: dict[str, str] = json.loads(_note_of(folder).read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise RegisterError(
                f"{_note_of(folder)} is damaged.",
                "Delete it, and at the server the folder targets; then publish again.",
            ) from error
        return found

    def _note(self, folder: Path, files: dict[str, str]) -> None:
        self._write(_note_of(folder), json.dumps(files).encode())

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_readable(path, data)
        except OSError as error:
            raise RegisterError(
                f"{path} cannot be written ({error.strerror}).", "Check its rights and space."
            ) from error


def _prefixed(target: TargetFile, name: str) -> str:
    return f"{target.hashes['sha256']}.{name}"


def _key(register: Register, folder: Path) -> str:
    return f"{_PREFIX}{noted(register, folder)}"


def _note_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.sent.json")


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _login(address: str) -> str:
    """From ``~/.netrc``, as curl and git use it."""
    try:
        known = netrc.netrc().authenticators(urlsplit(address).hostname or "")
    except FileNotFoundError:
        return ""
    except (OSError, netrc.NetrcParseError) as error:
        raise RegisterError(
            "~/.netrc cannot be read.", "Check its rights (chmod 600) and its form."
        ) from error
    if known is None:
        return ""
    return "Basic " + base64.b64encode(f"{known[0]}:{known[2]}".encode()).decode()


def _remedy(status: int) -> str:
    if status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
        return "Check the login in ~/.netrc, and that it may write there."
    if status in (http.HTTPStatus.METHOD_NOT_ALLOWED, http.HTTPStatus.NOT_IMPLEMENTED):
        return "Let the server take PUT and DELETE there (WebDAV), or publish to a folder."
    return "Look into the server's log, then publish again."
