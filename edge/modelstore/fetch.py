"""Fetches a pack's archive: by address, or by name through an index.

In: ``https:``, ``file:``, or ``http:`` to this very machine. Out: a file of bounded size with,
where it is known, the right SHA-256. Always: a server that is silent, drips, sends too much or
redirects more than three times or to another scheme is given up. Nothing fetched is trusted
here: the signature is checked at installation. An index is JSON of at most 1 MiB::

    {"packs": [{"id": "greys", "version": "1.2.0", "url": "greys-1.2.0.zip",
                "sha256": "64 hex digits", "title": "for infrared cameras"}]}

where ``url`` may be relative to the index.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urljoin, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import ConfigError, PackError
from edge.modelstore.archive import CHUNK_BYTES, MAX_ARCHIVE_BYTES
from edge.recognise.pack import Sha256
from edge.runtime.web import DownloadFailed, Patience, chunks_of, is_this_machine, web_opener

MAX_INDEX_BYTES = 1024 * 1024
MAX_LISTED = 1000
PATIENCE = Patience(wait_s=15.0, whole_s=1800.0)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a download is given up.

    Attributes:
        max_bytes: the largest file.
        patience: with the server.
    """

    max_bytes: int = MAX_ARCHIVE_BYTES
    patience: Patience = PATIENCE


class Listed(BaseModel):
    """A pack that an index offers."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    version: Annotated[str, Field(pattern=r"^\d{1,6}\.\d{1,6}\.\d{1,6}$")]
    url: Annotated[str, Field(min_length=1, max_length=2048)]
    sha256: Sha256
    title: Annotated[str, Field(max_length=200)] = ""

    @property
    def ref(self) -> str:
        """``id@version``."""
        return f"{self.id}@{self.version}"


class _Index(BaseModel):
    packs: Annotated[tuple[Listed, ...], Field(max_length=MAX_LISTED)]


def is_address(text: str) -> bool:
    """Whether a text is an address rather than a pack's name."""
    return "://" in text


def download(address: str, target: Path, sha256: str = "", limits: Limits | None = None) -> None:
    """Write what an address gives to a new file.

    Args:
        address: see the module.
        target: the file; it must not exist.
        sha256: what it must have, hexadecimal, or empty.
        limits: when to give up.

    Raises:
        ConfigError: the address is of no kind that is spoken.
        PackError: it cannot be had, is too large or has another SHA-256.
        OSError: the target cannot be written.
    """
    digest = hashlib.sha256()
    with target.open("xb") as file:
        for chunk in _chunks(address, limits or Limits()):
            digest.update(chunk)
            file.write(chunk)
    if sha256 and digest.hexdigest() != sha256:
        raise PackError(
            f"{address} has the SHA-256 {digest.hexdigest()[:12]}…, not {sha256[:12]}….",
            "Fetch it again; if that does not help, tell its publisher.",
        )


def look_up(name: str, index: str, limits: Limits | None = None) -> Listed:
    """Find a pack in an index, the newest version unless ``id@version`` says which.

    Returns:
        The entry, its ``url`` made absolute.

    Raises:
        ConfigError: there is no index, or its address is of no kind that is spoken.
        PackError: the index cannot be had or is damaged, or has no such pack.
    """
    if not index:
        raise ConfigError(
            f"There is no index in which to look up {name}.",
            "Set pack.index, say --index, or give the address of the archive.",
        )
    small = replace(limits or Limits(), max_bytes=MAX_INDEX_BYTES)
    raw = b"".join(_chunks(index, small))
    try:
        packs = _Index.model_validate_json(raw).packs
    except ValidationError as error:
        raise PackError(
            f"The index {index} is damaged: {error.errors()[0]['msg'].lower()}.",
            "Tell its publisher; an archive can be given by its address.",
        ) from error
    found = [one for one in packs if name in (one.id, one.ref)]
    if not found:
        raise PackError(
            f"The index {index} has no pack {name}.",
            f"It has: {', '.join(sorted(one.ref for one in packs)[:20]) or 'none'}.",
        )
    best = max(found, key=lambda one: tuple(int(part) for part in one.version.split(".")))
    return best.model_copy(update={"url": urljoin(index, best.url)})


def _chunks(address: str, limits: Limits) -> Iterator[bytes]:
    total = 0
    for chunk in _opened(address, limits):
        total += len(chunk)
        if total > limits.max_bytes:
            raise _failed(address, f"it has more than {limits.max_bytes} bytes")
        yield chunk


def _opened(address: str, limits: Limits) -> Iterator[bytes]:
    parts = urlsplit(address)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return _file(address, Path(unquote(parts.path)))
    if problem := _web_fault(address):
        raise ConfigError(f"{address} {problem}.", _WEB_REMEDY)
    return _web(address, limits)


_WEB_REMEDY = (
    "Give an https:// or file:// address without a password, or copy the file here and use "
    "`watchpost models add`."
)


def _web_fault(address: str) -> str:
    """Why an address is not asked, or nothing."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "is no https or file address"
    if parts.username or parts.password:
        return "holds a user name or password, which would reach the log"
    if parts.scheme == "http" and not is_this_machine(parts.hostname):
        return "is a plain http address of another machine"
    return ""


def _file(address: str, path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise _failed(address, error.strerror or "it cannot be read") from error


def _web(address: str, limits: Limits) -> Iterator[bytes]:
    try:
        yield from chunks_of(address, web_opener(_web_fault), limits.patience)
    except DownloadFailed as error:
        raise _failed(address, error.why) from error


def _failed(address: str, why: str) -> PackError:
    return PackError(
        f"{address} cannot be fetched: {why}.",
        "Check the address and the network; nothing was changed.",
    )
