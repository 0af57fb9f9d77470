"""Takes a new box's one-file bundle from the page and leaves it for provisioning.

In: the bytes of a bundle and its passphrase. Out: ``inbox/bundle.watchpost.zip``, checked, its
key opened, replacing an earlier one. Always: read by :func:`edge.fleet.bundle.read_bundle`, so
bounded, of one box, signed by its authority; the file is readable by its owner alone. Nothing is
put in force here: that is provisioning's, which removes the file.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from edge.errors import ConfigError
from edge.fleet.bundle import MAX_BUNDLE_BYTES, Bundle, read_bundle
from edge.runtime.atomic_file import write_atomically

FOLDER = "inbox"
FILE = "bundle.watchpost.zip"
MAX_UPLOAD_BYTES = MAX_BUNDLE_BYTES + 16 * 1024  # the form around it


def take_bundle(folder: Path, data: bytes, passphrase: str) -> Bundle:
    """Check a bundle and leave it for provisioning.

    Args:
        folder: the page's own.
        data: what was uploaded.
        passphrase: opens the box's key; "" when it is open.

    Raises:
        ConfigError: it is no bundle, is damaged or does not open, or cannot be written.
    """
    bundle = read_bundle(data, passphrase or None)
    inbox = folder / FOLDER
    try:
        inbox.mkdir(exist_ok=True, mode=0o700)
        write_atomically(inbox / FILE, _opened(bundle), mode=0o600)
    except OSError as error:
        raise ConfigError(
            f"The bundle cannot be kept ({error.strerror}).",
            "Free some space on the box and upload it again.",
        ) from error
    return bundle


def waits(folder: Path) -> bool:
    """Whether a bundle waits to be put in force."""
    return (folder / FOLDER / FILE).is_file()


def _opened(bundle: Bundle) -> bytes:
    label = {"format": 1, "site": bundle.site, "box": bundle.box}
    files = bundle.files | {"bundle.json": json.dumps(label).encode()}
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name])
    return held.getvalue()
