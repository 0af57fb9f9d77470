"""Pictures of hits, for lists whose people consented to that: sealed before they reach a disk.

In: hits, some with a picture. Out: drafts with the picture sealed (AES-256-GCM, bound to the
hit), and a sealed picture opened again for a signed-in person. Always: a picture is in no message
and in no log; without such a hit there is neither a row nor a key; when a picture cannot be
sealed the hit is recorded without it. How long pictures stay is the spool's matter.
"""

from __future__ import annotations

import logging
from typing import Protocol

from edge.errors import WatchpostError
from edge.report.spool_rows import Draft, hit_draft
from edge.values import Hit
from edge.watchlist.sealed import seal, unseal

log = logging.getLogger(__name__)

MAX_PICTURE_BYTES = 256 * 1024


class Key(Protocol):
    """Where the key is; see :class:`edge.watchlist.box_key.BoxKey`."""

    def read(self) -> bytes:
        """The key.

        Raises:
            WatchpostError: there is none that can be used.
        """
        ...

    def read_or_make(self) -> bytes:
        """The key; made when there is none.

        Raises:
            WatchpostError: it can neither be used nor made.
        """
        ...


class PicturedDrafts:
    """Makes hits ready to be recorded, with their pictures.

    Args:
        key: seals; made when the first picture comes.
    """

    def __init__(self, key: Key) -> None:
        self._key = key

    def __call__(self, hit: Hit) -> Draft:
        """A hit as a draft.

        Raises:
            SpoolError: it holds a value that a message cannot hold.
        """
        picture = hit.recognition.picture
        if picture is None:
            return hit_draft(hit)
        if len(picture) > MAX_PICTURE_BYTES:
            log.error("a picture of a hit is not kept: it has %d bytes", len(picture))
            return hit_draft(hit)
        try:
            sealed = seal(self._key.read_or_make(), _name(hit.hit_id), picture)
        except WatchpostError as error:
            log.error("a picture of a hit is not kept: %s", error)
            return hit_draft(hit)
        return hit_draft(hit, sealed)


def opened(key: Key, hit_id: str, sealed: bytes) -> bytes:
    """The JPEG of a hit's sealed picture.

    Raises:
        WatchpostError: it is another hit's, was altered, or the key is gone.
    """
    return unseal(key.read(), _name(hit_id), sealed)


def _name(hit_id: str) -> str:
    return f"evidence/{hit_id}"
