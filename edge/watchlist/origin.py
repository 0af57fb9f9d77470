"""What a box is told of where its list comes from: an address, and the root that it believes.

In: settings. Out: the address as a URL; the root metadata and its digest. Always: an address that
would carry a password into a log is refused, and so is a root that cannot be read. What both are
used for is the matter of ``fetcher.py`` and ``repository.py``, which only ``report`` loads.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import unquote, urlsplit

from edge.errors import ConfigError, WatchlistError

MAX_ROOT_BYTES = 64 * 1024
NO_ROOT = (  # problem and remedy
    "watchlist.root is not set, so no list can be believed.",
    "Copy root.json from the register to this box and set watchlist.root to it.",
)


def repository_url(address: str) -> str:
    """The address of a repository from ``watchlist.source``, without a slash at its end.

    Args:
        address: a path, or a ``file:``, ``http:`` or ``https:`` address.

    Raises:
        ConfigError: the address is empty, of another kind, or holds a password.
    """
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise ConfigError(
            f"watchlist.source is {address!r}, which is no address ({error}).", "Correct it."
        ) from error
    if parts.scheme in ("http", "https") and parts.hostname:
        if parts.username or parts.password:
            raise ConfigError(
                "watchlist.source holds a user name or password, which would reach the log.",
                "Serve the repository without a password: it is signed, and its templates are "
                "not names.",
            )
        return address.rstrip("/")
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path:
        return Path(unquote(parts.path)).absolute().as_uri()
    if address and "://" not in address:
        return Path(address).absolute().as_uri()
    raise ConfigError(
        f"watchlist.source is {address!r}, which is no path and no http, https or file address."
        if address
        else "watchlist.source is not set.",
        "Set it to the folder that `watchpost register publish` writes, or to its address.",
    )


def trust_in(root: Path | None) -> str:
    """SHA-256 of the root metadata that a box was given: whom it trusts.

    Raises:
        WatchlistError: there is none, or it cannot be read.
    """
    return hashlib.sha256(read_root(root)).hexdigest()


def read_root(path: Path | None) -> bytes:
    """The root metadata that a box was given.

    Raises:
        WatchlistError: there is none, it cannot be read or is too large.
    """
    if path is None:
        raise WatchlistError(*NO_ROOT)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_ROOT_BYTES + 1)
    except OSError as error:
        raise WatchlistError(
            f"The root {path} cannot be read ({error.strerror}).", NO_ROOT[1]
        ) from error
    if len(data) > MAX_ROOT_BYTES:
        raise WatchlistError(
            f"The root {path} has more than {MAX_ROOT_BYTES} bytes.", "Check watchlist.root."
        )
    return data
