"""Enrolment photos that the operator asked to keep, encrypted.

    photos/ENTRY.01.jpg.sealed    nonce (12 bytes), AES-256-GCM of the photo file, tag (16)

In: photo files and the register's passphrase. Out: sealed files, and their bytes again for the
person's own answer. Always: one random data key for the register; it lies in the database,
wrapped with a key that scrypt (RFC 7914) derives from the passphrase of the root key. A
sealed file opens under its own name only. Revoking deletes an entry's files (they are
unlinked, not overwritten: on flash an overwrite goes to other cells anyway); what a medium
still holds of them is ciphertext that needs the passphrase.
"""

from __future__ import annotations

import base64
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from edge.errors import PhotoError, RegisterError
from edge.register.database import Register
from edge.register.photos import MAX_PHOTO_BYTES

SEALED = ".sealed"
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_SETTING = "photo_key"
_SALT_BYTES = 16
_NONCE_BYTES = 12
_TAG_BYTES = 16
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**17, 8, 1  # 128 MiB; what OWASP asks for
_WRAPPING = b"watchpost photo key 1"
_PHOTO = b"watchpost photo 1:"


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """A photo as it was given.

    Attributes:
        name: ``01.jpg`` and so on; the file's own name is not kept.
        data: the file's bytes.
    """

    name: str
    data: bytes


class PhotoSafe:
    """Seals photos and opens them again; get one from :func:`open_safe`.

    Args:
        register: where.
        data_key: 32 bytes.
    """

    def __init__(self, register: Register, data_key: bytes) -> None:
        self._register = register
        self._cipher = AESGCM(data_key)

    def keep(self, entry_id: str, photos: Sequence[Path]) -> None:
        """Store an entry's photos; call inside the register's change.

        Raises:
            PhotoError: a photo can no longer be read.
            RegisterError: a file cannot be written.
        """
        for number, photo in enumerate(photos, start=1):
            suffix = photo.suffix.lower() if _SUFFIX.fullmatch(photo.suffix.lower()) else ""
            name = f"{entry_id}.{number:02}{suffix}{SEALED}"
            nonce = os.urandom(_NONCE_BYTES)
            sealed = self._cipher.encrypt(nonce, _read(photo), _PHOTO + name.encode())
            self._register.photos.write(name, nonce + sealed)

    def photos_of(self, entry_id: str) -> tuple[KeptPhoto, ...]:
        """An entry's photos.

        Raises:
            RegisterError: a file cannot be read or was altered.
        """
        return tuple(self._opened(path) for path in self._register.photos.of(entry_id))

    def _opened(self, path: Path) -> KeptPhoto:
        try:
            with path.open("rb") as file:
                sealed = file.read(MAX_PHOTO_BYTES + _NONCE_BYTES + _TAG_BYTES)
            data = self._cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _PHOTO + path.name.encode()
            )
        except OSError as error:
            raise RegisterError(
                f"The kept photo {path.name} cannot be read ({error.strerror}).",
                "Check the folder's rights, or restore it from a backup.",
            ) from error
        except (InvalidTag, ValueError) as error:
            raise RegisterError(
                f"The kept photo {path.name} was altered or cut off.", "Restore it from a backup."
            ) from error
        return KeptPhoto(path.name.partition(".")[2].removesuffix(SEALED), data)


def count_kept(register: Register) -> Counter[str]:
    """How many photos are kept of each entry; needs no passphrase."""
    return Counter(path.name.partition(".")[0] for path in register.photos.strays(()))


def open_safe(register: Register, passphrase: str | None) -> PhotoSafe:
    """Open the register's safe, making its key at the first use.

    Raises:
        RegisterError: there is no passphrase, or it is not the register's.
    """
    if not passphrase:
        raise RegisterError(
            "Kept photos need the register's passphrase, and there is none.",
            "Use --passphrase-file or WATCHPOST_PASSPHRASE as at `register init`.",
        )
    wrapped = register.setting(_SETTING)
    if wrapped is None:
        register.keys.root_signer(passphrase)  # so that one passphrase opens both
        fresh = _wrap(AESGCM.generate_key(bit_length=256), passphrase)
        with register.change():  # another program may have made one in between
            wrapped = register.setting(_SETTING) or fresh
            register.set_setting(_SETTING, wrapped)
    return PhotoSafe(register, _unwrap(wrapped, passphrase))


def _wrap(data_key: bytes, passphrase: str) -> str:
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_derive(passphrase, salt)).encrypt(nonce, data_key, _WRAPPING)
    return base64.b64encode(salt + nonce + sealed).decode("ascii")


def _unwrap(wrapped: str, passphrase: str) -> bytes:
    try:
        raw = base64.b64decode(wrapped, validate=True)
        salt, rest = raw[:_SALT_BYTES], raw[_SALT_BYTES:]
        cipher = AESGCM(_derive(passphrase, salt))
        return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _WRAPPING)
    except (InvalidTag, ValueError) as error:
        raise RegisterError(
            "The kept photos cannot be opened: wrong passphrase or damaged register.",
            "Give the passphrase with which this register was made.",
        ) from error


def _derive(passphrase: str, salt: bytes) -> bytes:
    scrypt = Scrypt(salt=salt, length=32, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P)
    return scrypt.derive(passphrase.encode("utf-8"))


def _read(photo: Path) -> bytes:
    try:
        with photo.open("rb") as file:
            data = file.read(MAX_PHOTO_BYTES + 1)
    except OSError as error:
        raise PhotoError(
            f"{photo} can no longer be read ({error.strerror}).", "Check its path."
        ) from error
    if len(data) > MAX_PHOTO_BYTES:
        raise PhotoError(f"{photo} has grown past {MAX_PHOTO_BYTES} bytes.", "Give it again.")
    return data
