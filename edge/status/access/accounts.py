"""The passwords of a box's two accounts, as argon2 hashes in one file.

In: a role and a password. Out: whether it is right. Always: the file is replaced whole and
readable by its owner alone; the first passwords are made by this box, and stay readable to
that owner until they are changed, so that ``watchpost status password`` can show them; a file
changed by another process is read again.
"""

from __future__ import annotations

import json
import secrets
import threading
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import ConfigError
from edge.runtime.atomic_file import write_atomically, write_new_file
from edge.status.access.roles import Role

FILE = "users.json"
MIN_LENGTH = 10
MAX_LENGTH = 128
MAX_FILE_BYTES = 16 * 1024
# Without look-alikes, because the first password is typed from a console.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 5


class _Account(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    hash: str = Field(min_length=1, max_length=512)
    first_password: str | None = Field(default=None, max_length=MAX_LENGTH)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = Field(default=1, ge=1, le=1)
    accounts: dict[Role, _Account]


class Accounts:
    """The accounts in a folder.

    Args:
        folder: where the file lies; must exist.
        hasher: argon2id with parameters; None means 64 MiB, three passes, one thread.
    """

    def __init__(self, folder: Path, hasher: PasswordHasher | None = None) -> None:
        self._path = folder / FILE
        # One thread: a sign-in must not take the cores that recognition runs on.
        self._hasher = hasher or PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)
        self._lock = threading.Lock()

    def prepare(self) -> dict[Role, str]:
        """Make the accounts on the first start; returns the passwords that were made now.

        Raises:
            ConfigError: the file cannot be written, or is not one of ours.
        """
        if self._path.exists():
            self._read()
            return {}
        made = {role: new_password() for role in Role}
        accounts = {role: self._account(one, first=True) for role, one in made.items()}
        try:
            written = write_new_file(self._path, _encode(accounts))
        except OSError as error:
            raise _unwritable(self._path, error) from error
        return made if written else {}

    def is_right(self, role: Role, password: str) -> bool:
        """Whether this is the account's password; one look at a time.

        Raises:
            ConfigError: the file cannot be read.
        """
        if len(password) > MAX_LENGTH:
            return False
        with self._lock:
            try:
                return self._hasher.verify(self._read()[role].hash, password)
            except (VerificationError, InvalidHashError):
                return False

    def change(self, role: Role, password: str) -> None:
        """Set a password that a person chose.

        Raises:
            ConfigError: it is too short or too long, or the file cannot be written.
        """
        if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
            raise ConfigError(
                f"A password needs {MIN_LENGTH} to {MAX_LENGTH} characters; this one has "
                f"{len(password)}.",
                "Choose another one; several words in a row are easy to keep.",
            )
        self._replace(role, self._account(password, first=False))

    def renew(self, role: Role) -> str:
        """Make a new password; it can be shown again until it is changed.

        Raises:
            ConfigError: the file cannot be written.
        """
        password = new_password()
        self._replace(role, self._account(password, first=True))
        return password

    def first_password(self, role: Role) -> str | None:
        """The password this box made, or None once a person has changed it.

        Raises:
            ConfigError: the file cannot be read.
        """
        return self._read()[role].first_password

    def _account(self, password: str, *, first: bool) -> _Account:
        return _Account(
            hash=self._hasher.hash(password), first_password=password if first else None
        )

    def _replace(self, role: Role, account: _Account) -> None:
        with self._lock:
            data = _encode({**self._read(), role: account})
            try:
                write_atomically(self._path, data, mode=0o600)
            except OSError as error:
                raise _unwritable(self._path, error) from error

    def _read(self) -> dict[Role, _Account]:
        try:
            with self._path.open("rb") as file:
                found = _File.model_validate_json(file.read(MAX_FILE_BYTES)).accounts
        except OSError as error:
            raise ConfigError(
                f"The accounts of the page in {self._path} cannot be read ({error.strerror}).",
                "Run `watchpost status password --new` as the user that runs watchpost.",
            ) from error
        except ValidationError as error:
            raise _damaged(self._path) from error
        if set(found) != set(Role):
            raise _damaged(self._path)
        return found


def new_password() -> str:
    """About 99 bits in four groups: ``k7mwp-…``."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _encode(accounts: dict[Role, _Account]) -> bytes:
    return json.dumps(_File(accounts=accounts).model_dump(mode="json"), indent=1).encode()


def _damaged(path: Path) -> ConfigError:
    return ConfigError(
        f"The accounts of the page in {path} are damaged.",
        "Remove that file and start watchpost again; it makes new passwords.",
    )


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"The accounts of the page cannot be written to {path} ({error.strerror}).",
        "Give the user that runs watchpost the right to write there, and free space.",
    )
