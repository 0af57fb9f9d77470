"""A pack's archive: a flat zip file whose every member is checked before a byte is unpacked.

In: a zip file from anywhere. Out: its members' bytes, or the reason why not. Always: at most
:data:`MAX_MEMBERS` members, all in one folder, with names of plain letters and endings that a
pack has; no links, no programs, no encryption; sizes and their ratio to the packed sizes are
bounded, by what the archive states first and by what really comes out. Who made it is
``signature.py``'s matter.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.errors import PackError

MAX_MEMBERS = 32
MAX_ARCHIVE_BYTES = 1024 * 1024 * 1024
MAX_MEMBER_BYTES = 512 * 1024 * 1024
MAX_WHOLE_BYTES = 1024 * 1024 * 1024
MAX_RATIO = 100
CHUNK_BYTES = 1024 * 1024
# Below this size a high ratio harms nobody: a text of blanks packs well.
_SMALL_BYTES = 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}(\.[A-Za-z0-9_-]{1,20}){0,2}")
_ENDINGS = (".toml", ".tflite", ".md", ".txt", ".json", ".npz", ".csv", ".png", ".svg")
_BARE = ("SHA256SUMS", "SHA256SUMS.sig", "LICENSE", "NOTICE")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_END = struct.Struct("<4s4H2IH")  # APPNOTE 4.3.16: end of central directory record
_END_MARK = b"PK\x05\x06"
_LOCATOR64_BYTES = 20
_LOCATOR64_MARK = b"PK\x06\x07"
_DIRECTORY_BYTES = 512  # of one member, at most: 46, a short name, some extra field
_REMEDY = "Get the pack again from its publisher; `watchpost models pack` makes such archives."


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that is taken.

    Attributes:
        members: files.
        archive_bytes: of the zip file.
        member_bytes: of one unpacked file.
        whole_bytes: of all unpacked files.
        ratio: unpacked over packed size of one file that is not small.
    """

    members: int = MAX_MEMBERS
    archive_bytes: int = MAX_ARCHIVE_BYTES
    member_bytes: int = MAX_MEMBER_BYTES
    whole_bytes: int = MAX_WHOLE_BYTES
    ratio: int = MAX_RATIO


class Archive:
    """An open, checked archive; make it with :func:`opened`."""

    def __init__(self, zipped: zipfile.ZipFile, path: Path) -> None:
        self._zipped = zipped
        self._path = path
        self._members = {info.filename: info for info in zipped.infolist()}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the members."""
        return tuple(self._members)

    def read(self, name: str, limit: int) -> bytes:
        """A small member's bytes.

        Raises:
            PackError: there is none of that name, or it is larger than ``limit`` or damaged.
        """
        if name not in self._members or self._members[name].file_size > limit:
            raise PackError(
                f"{self._path} has no {name}, or one of more than {limit} bytes.", _REMEDY
            )
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """A member's bytes, piece by piece; never more than the archive states.

        Raises:
            PackError: it is damaged.
        """
        try:
            with self._zipped.open(self._members[name]) as member:
                while chunk := member.read(CHUNK_BYTES):
                    yield chunk
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise PackError(f"{name} in {self._path} is damaged ({error}).", _REMEDY) from error


@contextmanager
def opened(path: Path, bounds: Bounds | None = None) -> Iterator[Archive]:
    """Open an archive and check all that it states of its members.

    Raises:
        PackError: it is no zip file, or breaks a rule of this module.
    """
    limits = bounds or Bounds()
    try:
        if path.stat().st_size > limits.archive_bytes:
            raise _refused(path, f"has more than {limits.archive_bytes} bytes")
        _check_end(path, limits)
        zipped = zipfile.ZipFile(path)
    except OSError as error:
        raise PackError(
            f"The archive {path} cannot be read ({error.strerror}).", "Check its path and rights."
        ) from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _refused(path, f"is no zip file ({error})") from error
    with zipped:
        _check(path, zipped.infolist(), limits)
        yield Archive(zipped, path)


def allowed_name(name: str) -> bool:
    """Whether a pack may hold a file of this name."""
    return bool(_NAME.fullmatch(name)) and (name.endswith(_ENDINGS) or name in _BARE)


def _check_end(path: Path, limits: Bounds) -> None:
    """Look at the last record before ``zipfile`` reads the directory, however large, whole."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END.size - _LOCATOR64_BYTES))
        tail = file.read(_END.size + _LOCATOR64_BYTES)
    if len(tail) < _END.size or tail[-_END.size :][:4] != _END_MARK or any(tail[-2:]):
        raise _refused(path, "is no zip file, is cut off, or has a comment")
    _, _, _, _, members, directory_bytes, _, _ = _END.unpack(tail[-_END.size :])
    if tail[: -_END.size][:4] == _LOCATOR64_MARK:
        raise _refused(path, "has the 64-bit form, which no pack needs")
    if members > limits.members or directory_bytes > limits.members * _DIRECTORY_BYTES:
        raise _refused(
            path,
            f"has {members} members in a directory of {directory_bytes} bytes; "
            f"at most {limits.members} are taken",
        )


def _check(path: Path, members: list[zipfile.ZipInfo], limits: Bounds) -> None:
    if not 1 <= len(members) <= limits.members:
        raise _refused(path, f"has {len(members)} members; 1 to {limits.members} are taken")
    if len({info.filename.casefold() for info in members}) != len(members):
        raise _refused(path, "has two members of one name")
    for info in members:
        if problem := _fault(info, limits):
            raise _refused(path, f"has the member {info.filename[:80]!r}, which {problem}")
    if (whole := sum(info.file_size for info in members)) > limits.whole_bytes:
        raise _refused(path, f"unpacks to {whole} bytes; at most {limits.whole_bytes} are taken")


def _fault(info: zipfile.ZipInfo, limits: Bounds) -> str:
    """What is wrong with a member, or nothing."""
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode)
    # Name first: an absolute path, a folder or ".." has a sign that no name may have.
    checks = (
        (not allowed_name(info.filename), "is no name that a pack's file has"),
        (kind not in (0, stat.S_IFREG), "is a link or no plain file"),
        (bool(mode & 0o111), "is marked as a program"),
        (bool(info.flag_bits & _ENCRYPTED), "is encrypted"),
        (info.compress_type not in _METHODS, "is packed in a way that is not deflate"),
        (
            info.file_size > limits.member_bytes,
            f"unpacks to {info.file_size} bytes; at most {limits.member_bytes} are taken",
        ),
        (
            info.file_size > _SMALL_BYTES
            and info.file_size > limits.ratio * max(1, info.compress_size),
            f"unpacks to more than {limits.ratio} times its packed size",
        ),
    )
    return next((words for wrong, words in checks if wrong), "")


def _refused(path: Path, why: str) -> PackError:
    return PackError(f"The archive {path} {why}.", _REMEDY)
