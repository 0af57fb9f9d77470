"""The pages, one module each, in the order of the navigation.

A module has ``ENTRIES``, its places in the navigation, and ``routes(context)``. A page is added
by writing its module and naming it in ``MODULES``.
"""

from __future__ import annotations

from typing import Protocol

from starlette.routing import BaseRoute

from edge.status.context import Entry, PageContext
from edge.status.pages import (
    account,
    camera,
    false_alarms,
    hit_picture,
    hits,
    names,
    notice,
    overview,
    sign_in,
    system,
    watchlist,
)


class PageModule(Protocol):
    """What a module of this folder has."""

    @property
    def ENTRIES(self) -> tuple[Entry, ...]:  # noqa: N802 - a constant of the module
        """Its places in the navigation."""
        ...

    def routes(self, context: PageContext) -> list[BaseRoute]:
        """The page's routes; forms and live parts are registered in the context."""
        ...


MODULES: tuple[PageModule, ...] = (
    overview,
    camera,
    hits,
    hit_picture,
    watchlist,
    names,
    false_alarms,
    system,
    notice,
    account,
    sign_in,
)


def navigation() -> tuple[Entry, ...]:
    """All places of the navigation."""
    return tuple(entry for module in MODULES for entry in module.ENTRIES)
