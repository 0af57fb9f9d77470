"""A box's own key, which seals the watchlist where it lies; another seals pictures of hits.

In: a key file, or a systemd credential that stands before it. Out: 32 bytes. Always: a key that
is made here comes whole and readable by this user alone, or not at all; when two processes make
it at once both get the same one. Whoever can read key and disk can read the list: what the key
is worth depends on where it is kept, see ``docs/threat-model.md``.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from edge.errors import WatchlistError
from edge.runtime.atomic_file import write_new_file

KEY_BYTES = 32
FILE_NAME = "watchlist.key"
CREDENTIAL_NAME = "watchlist-key"
# Stands in the key file's place, so that a program without the credential makes no second key.
ELSEWHERE = b"in a systemd credential\n"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class BoxKey:
    """Reads the key, and makes it when there is none.

    Args:
        path: the key file.
        credentials: systemd's folder of credentials (``$CREDENTIALS_DIRECTORY``), or None.
        credential: the credential's name in it.
        of: what it seals, in words.
        renewal: what happens once the file is deleted, in words.
    """

    def __init__(
        self,
        path: Path,
        credentials: Path | None = None,
        *,
        credential: str = CREDENTIAL_NAME,
        of: str = "watchlist",
        renewal: str = "`watchpost watchlist sync` makes a new one and fetches the list anew",
    ) -> None:
        self._path = path
        self._credential = credentials / credential if credentials else None
        self._of = of
        self._renewal = renewal

    def read(self) -> bytes:
        """The key.

        Raises:
            WatchlistError: there is none, others may read it, or it is no key.
        """
        if self._credential is not None and self._credential.exists():
            return self._take(self._credential, alone=False)  # systemd sees to its rights
        return self._take(self._path, alone=True)

    def read_or_make(self) -> bytes:
        """The key; made when there is none, and when it is a credential, that is noted.

        Raises:
            WatchlistError: as for :meth:`read`, or it cannot be made.
        """
        if not self._path.exists():
            given = self._credential is not None and self._credential.exists()
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
                data = ELSEWHERE if given else os.urandom(KEY_BYTES)
                write_new_file(self._path, data, mode=0o600)
            except OSError as error:
                raise WatchlistError(
                    f"The key file {self._path} cannot be made ({error.strerror}).",
                    "Check the rights of box.state_dir and the medium.",
                ) from error
        return self.read()

    def _take(self, path: Path, *, alone: bool) -> bytes:
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                data = file.read(KEY_BYTES + 1)
        except OSError as error:
            raise WatchlistError(
                f"The {self._of}'s key {path} cannot be read ({error.strerror}).",
                f"Check its rights; when it is gone, {self._renewal}.",
            ) from error
        if alone and mode & _OTHERS:
            raise WatchlistError(
                f"Others may read the {self._of}'s key {path} (mode {stat.S_IMODE(mode):o}).",
                f"Run `chmod 600 {path}`; if somebody may have read it, delete it: "
                f"{self._renewal}.",
            )
        if data == ELSEWHERE:
            raise WatchlistError(
                f"The {self._of}'s key is a systemd credential, which only the service is given.",
                "Restart watchpost-report: it fetches the list at its start. If the credential is "
                f"lost for good, delete {path}: {self._renewal}.",
            )
        if len(data) != KEY_BYTES:
            raise WatchlistError(
                f"The {self._of}'s key {path} does not have {KEY_BYTES} bytes.",
                f"Delete it: {self._renewal}.",
            )
        return data
