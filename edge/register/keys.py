"""The register's keys, and the TUF root metadata that says which of them count.

    keys/root-ID.pem       signs root metadata alone; may be taken away and kept offline
    keys/online-ID.pem     signs what is published: targets, snapshot and timestamp; unattended
    roots/N.root.json      every root there was; boxes go from theirs to the newest
    root.json              a copy of the newest: what a box is given

In: the register's folder and passphrases. Out: signers, and root metadata. Always: a key counts
when the newest root names it, so a change of keys is complete with the writing of one file;
keys that no longer count are deleted after it. A new root is signed by the old root key and by
its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # public, not listed
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root
from tuf.api.serialization.json import JSONSerializer

from edge.errors import RegisterError
from edge.register.signing_key import from_pem, to_pem
from edge.runtime.atomic_file import write_atomically

KEYS = "keys"
ROOTS = "roots"
ROOT_FILE = "root.json"
ROOT_VALID = timedelta(days=5 * 365)
ONLINE_ROLES = ("targets", "snapshot", "timestamp")
GIVES_ROOT = "--passphrase-file or WATCHPOST_PASSPHRASE"
GIVES_ONLINE = "WATCHPOST_ONLINE_PASSPHRASE"
MAX_ROOT_BYTES = 64 * 1024
_MAX_KEY_BYTES = 64 * 1024
_ID_LETTERS = 16
_COMPACT = JSONSerializer(compact=True)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passphrases of the stored keys; None stores a key plain.

    Attributes:
        root: of the root key.
        online: of the online key; None lets ``publish`` work unattended.
    """

    root: str | None
    online: str | None = None


class KeyFolder:
    """The keys and roots in a register's folder.

    Args:
        folder: the register's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, secrets: Secrets, now: datetime) -> None:
        """Make both keys and root 1.

        Raises:
            RegisterError: a passphrase is too short, or the folder cannot be written.
        """
        (root, root_pem), (online, online_pem) = _new(secrets.root), _new(secrets.online)
        try:
            (self._folder / KEYS).mkdir(mode=0o700)
            (self._folder / ROOTS).mkdir()
        except OSError as error:
            raise self._unwritable(error) from error
        self._write(self._key_path("root", root.public_key.keyid), root_pem, 0o600)
        self._write(self._key_path("online", online.public_key.keyid), online_pem, 0o600)
        self._write_root(_root(1, root, online, now), [root])
        self.settle()

    def newest(self) -> Root:
        """The root that counts.

        Raises:
            RegisterError: it is missing or damaged.
        """
        return self.roots()[-1]

    @property
    def root_key_id(self) -> str:
        """Name of the root key that counts, as in its file's name.

        Raises:
            RegisterError: the newest root is missing or damaged.
        """
        (key_id,) = self.newest().roles["root"].keyids
        return str(key_id)[:_ID_LETTERS]

    def roots(self) -> tuple[Root, ...]:
        """All roots, the first one first.

        Raises:
            RegisterError: one is missing or damaged.
        """
        return tuple(_parsed(data).signed for data in self.root_files())

    def root_files(self) -> tuple[bytes, ...]:
        """The bytes of all roots, the first one first.

        Raises:
            RegisterError: there is none, or one cannot be read.
        """
        found: list[bytes] = []
        while (path := self._root_path(len(found) + 1)).exists():
            found.append(_read(path, MAX_ROOT_BYTES))
        if not found:
            raise RegisterError(
                f"The register has no {ROOTS}/1.root.json.",
                "Restore the folder from a backup. A register that an earlier release made has "
                "none: make a new one with `watchpost register init`.",
            )
        return tuple(found)

    def online_signer(self, passphrase: str | None) -> CryptoSigner:
        """What signs publications.

        Raises:
            RegisterError: the key is missing or cannot be opened.
        """
        (key_id,) = self.newest().roles["timestamp"].keyids
        return self._signer("online", key_id, self._key_path("online", key_id), passphrase)

    def root_signer(self, passphrase: str | None, elsewhere: Path | None = None) -> CryptoSigner:
        """What signs roots.

        Args:
            passphrase: of the root key.
            elsewhere: the key's file, when it is kept outside the register.

        Raises:
            RegisterError: the key is missing, is another one, or cannot be opened.
        """
        (key_id,) = self.newest().roles["root"].keyids
        path = elsewhere or self._key_path("root", key_id)
        return self._signer("root", key_id, path, passphrase)

    def rotate(
        self,
        secrets: Secrets,
        now: datetime,
        *,
        root_too: bool = False,
        root_key: Path | None = None,
    ) -> Root:
        """Make a new online key, and a new root key if asked to; the old ones count no more.

        Args:
            secrets: the root key's passphrase, also for a new one, and the online key's.
            now: UTC time; the new root is valid for five years from it.
            root_too: make a new root key as well.
            root_key: the present root key's file, when it is kept outside the register.

        Raises:
            RegisterError: the root key cannot be had, or a file cannot be written.
        """
        before = self.newest()
        old_root = self.root_signer(secrets.root, root_key)
        online, pem = _new(secrets.online)
        self._write(self._key_path("online", online.public_key.keyid), pem, 0o600)
        signers = [old_root]
        if root_too:
            new_root, pem = _new(secrets.root)
            self._write(self._key_path("root", new_root.public_key.keyid), pem, 0o600)
            signers.append(new_root)
        made = _root(before.version + 1, signers[-1], online, now)
        self._write_root(made, signers)
        self.settle()
        return made

    def settle(self) -> None:
        """Finish a change of keys: copy the newest root, delete the keys that it does not name.

        Raises:
            RegisterError: a file cannot be read, written or deleted.
        """
        newest, copy = self.root_files()[-1], self._folder / ROOT_FILE
        if not copy.exists() or _read(copy, MAX_ROOT_BYTES) != newest:
            self._write(copy, newest, 0o644)
        counting = _parsed(newest).signed.keys
        names = {self._key_path(kind, key).name for kind in ("root", "online") for key in counting}
        try:
            for path in (self._folder / KEYS).glob("*.pem"):
                if path.name not in names:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error

    def _signer(self, kind: str, key_id: str, path: Path, passphrase: str | None) -> CryptoSigner:
        what, given_by = f"{kind} key", GIVES_ROOT if kind == "root" else GIVES_ONLINE
        signer = CryptoSigner(from_pem(_read(path, _MAX_KEY_BYTES), passphrase, what, given_by))
        if signer.public_key.keyid != key_id:
            raise RegisterError(
                f"{path} is not the {what} that this register's newest root names.",
                f"Give the file {self._key_path(kind, key_id).name}.",
            )
        return signer

    def _write_root(self, root: Root, signers: Iterable[CryptoSigner]) -> None:
        signed = Metadata(root)
        for signer in signers:
            signed.sign(signer, append=True)
        self._write(self._root_path(root.version), signed.to_bytes(_COMPACT), 0o644)

    def _write(self, path: Path, data: bytes, mode: int) -> None:
        try:
            write_atomically(path, data, mode=mode)
        except OSError as error:
            raise self._unwritable(error) from error

    def _key_path(self, kind: str, key_id: str) -> Path:
        return self._folder / KEYS / f"{kind}-{key_id[:_ID_LETTERS]}.pem"

    def _root_path(self, version: int) -> Path:
        return self._folder / ROOTS / f"{version}.root.json"

    def _unwritable(self, error: OSError) -> RegisterError:
        return RegisterError(
            f"The register's keys in {self._folder} cannot be written ({error.strerror}).",
            "Check the folder's rights and space.",
        )


def _root(version: int, root: CryptoSigner, online: CryptoSigner, now: datetime) -> Root:
    made = Root(
        version=version,
        expires=now.replace(microsecond=0) + ROOT_VALID,
        consistent_snapshot=True,
    )
    made.add_key(root.public_key, "root")
    for role in ONLINE_ROLES:
        made.add_key(online.public_key, role)
    return made


def _new(passphrase: str | None) -> tuple[CryptoSigner, bytes]:
    """A new key as a signer, and as the file to store."""
    key = Ed25519PrivateKey.generate()
    return CryptoSigner(key), to_pem(key, passphrase)


def _parsed(data: bytes) -> Metadata[Root]:
    try:
        return Metadata[Root].from_bytes(data)
    except RepositoryError as error:
        raise RegisterError(
            "A root of the register is damaged.", f"Restore the folder {ROOTS} from a backup."
        ) from error


def _read(path: Path, most_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most_bytes)
    except OSError as error:
        raise RegisterError(
            f"{path.name} cannot be read ({error.strerror}).",
            "Put it back into the register's folder, or name it with --root-key if it is the "
            "root key and kept elsewhere.",
        ) from error
