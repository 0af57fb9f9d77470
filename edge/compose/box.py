"""What all processes of a box share: time, folders, and where files lie."""

from __future__ import annotations

import os
from pathlib import Path

from edge.errors import ConfigError
from edge.modelstore.find import find_pack
from edge.recognise.pack import Pack, load_pack
from edge.report.spool_bounds import Bounds
from edge.runtime.clock import Clock, SystemClock
from edge.runtime.setting_tables import Settings
from edge.watchlist.box_key import BoxKey
from edge.watchlist.origin import repository_url, trust_in


def packs_folder() -> Path:
    """Where the bundled packs lie: in the installed package, else in the checkout."""
    package = Path(__file__).parents[1]
    installed = package / "packs"
    return installed if installed.is_dir() else package.parent / "models"


def bundled_packs() -> list[Path]:
    """Folders of the packs that the release brings, by name."""
    folders = sorted(packs_folder().iterdir())
    return [folder for folder in folders if (folder / "manifest.toml").is_file()]


def load(name: str, installed: Path | None = None) -> Pack:
    """A pack by folder, by bundled name, or by ``id`` or ``id@version``.

    Args:
        name: what the settings say.
        installed: the folder of installed packs.

    Raises:
        PackError: it is missing or damaged.
    """
    folder = find_pack(name, packs_folder(), installed)
    if "/" not in name and not folder.is_dir():
        for bundled in (load_pack(one) for one in bundled_packs()):
            if name in (bundled.ref, bundled.manifest.pack.id):
                return bundled
    return load_pack(folder)


def pack(settings: Settings) -> Pack:
    """The pack that the settings name.

    Raises:
        PackError: it is missing or damaged.
    """
    return load(settings.pack.name, installed_folder(settings))


def installed_folder(settings: Settings) -> Path:
    """Where ``watchpost models add`` puts packs."""
    return settings.box.state_dir / "packs"


def clock(settings: Settings) -> Clock:
    """The machine's clock, trusted as the settings say."""
    return SystemClock(trust_system=settings.clock.trust == "system")


def check(settings: Settings) -> None:
    """Fail now for what could never work: a pack that is not whole, a root that is
    none, a camera source of no kind.

    Raises:
        WatchpostError: what is wrong.
    """
    # Only a check before a run needs this; the page's process must not load capture code.
    from edge.capture.open_source import make_source

    pack(settings)
    if settings.watchlist.source:
        repository_url(settings.watchlist.source)
        trust_in(settings.watchlist.root)
    for camera in settings.all_cameras:
        make_source(camera, clock(settings))


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


def page_folder(settings: Settings) -> Path:
    """The one folder of the state that the page's process writes to."""
    return settings.box.state_dir / "status"


def spool_file(settings: Settings) -> Path:
    """Where hits are recorded."""
    return settings.box.state_dir / "spool.db"


def spool_bounds(settings: Settings) -> Bounds:
    """How large the store of hits may grow, and what goes then."""
    wanted = settings.spool
    return Bounds(
        max_rows=wanted.max_rows,
        max_bytes=wanted.max_bytes,
        min_free_bytes=wanted.min_free_bytes,
        drop_oldest=wanted.when_full == "drop-oldest",
    )


def evidence_key(settings: Settings) -> BoxKey:
    """What seals pictures of hits; another key than the watchlist's, so that who may open the
    one cannot open the other.
    """
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    return BoxKey(
        settings.box.state_dir / "evidence.key",
        Path(credentials) if credentials else None,
        credential="evidence-key",
        of="evidence",
        renewal="a new key is made, and pictures sealed with the old one stay closed",
    )
