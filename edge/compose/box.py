"""What all processes of a box share: time, folders, and where files lie."""

from __future__ import annotations

from pathlib import Path

from edge.errors import ConfigError
from edge.recognise.pack import Pack, load_pack
from edge.runtime.clock import Clock, SystemClock
from edge.runtime.settings import Settings
from edge.watchlist.keys import public_keys
from edge.watchlist.store import ListStore


def packs_folder() -> Path:
    """Where the bundled packs lie: in the installed package, else in the checkout."""
    package = Path(__file__).parents[1]
    installed = package / "packs"
    return installed if installed.is_dir() else package.parent / "models"


def load(name: str) -> Pack:
    """A pack by bundled name or folder.

    Raises:
        PackError: it is missing or damaged.
    """
    return load_pack(Path(name) if "/" in name else packs_folder() / name)


def clock(settings: Settings) -> Clock:
    """The machine's clock, trusted as the settings say."""
    return SystemClock(trust_system=settings.clock.trust == "system")


def check(settings: Settings) -> None:
    """Fail now for what could never work: a pack that is not whole, a key that is none.

    Raises:
        WatchpostError: what is wrong.
    """
    load(settings.pack.name)
    public_keys(settings.watchlist.keys)


def make_folders(settings: Settings) -> None:
    """Make the state and run folders.

    Raises:
        ConfigError: they cannot be made.
    """
    for folder in (settings.box.state_dir, settings.box.run_dir):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        except OSError as error:
            raise ConfigError(
                f"The folder {folder} cannot be made ({error.strerror}).",
                "Set box.state_dir and box.run_dir to folders that this user may write.",
            ) from error


def spool_file(settings: Settings) -> Path:
    """Where hits are recorded."""
    return settings.box.state_dir / "spool.db"


def list_store(settings: Settings, pack: Pack) -> ListStore:
    """Where the signed list lies."""
    keys = public_keys(settings.watchlist.keys)
    folder = settings.box.state_dir / "watchlist"
    return ListStore(folder, keys, pack.ref, max_bytes=settings.watchlist.max_bytes)
