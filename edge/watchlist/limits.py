"""Bounds and spellings of what a published watchlist may hold, said once.

The register refuses what is outside them before it is stored, the publisher before it is
published, a box before it is believed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

MAX_LISTS = 64
MAX_SITES = 256
MAX_TEMPLATES = 32
MAX_DIMENSIONS = 1024
MAX_LABEL = 200
MAX_PURPOSE = 500
MAX_VERSION = 2**53 - 1
MAX_SEGMENT_ENTRIES = 16_384
MAX_SEGMENT_BYTES = 64 * 1024 * 1024
MAX_SEGMENTS = 1024
MAX_REVOKED = 16_384

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
LIST_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,62}$"
SITE_PATTERN = r"^(\*|[a-z0-9][a-z0-9._-]{0,62})$"


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() != timedelta(0):
        raise ValueError("times are in UTC")
    return moment.replace(tzinfo=UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Id = Annotated[str, Field(pattern=ID_PATTERN)]
ListId = Annotated[str, Field(pattern=LIST_PATTERN)]
Site = Annotated[str, Field(pattern=SITE_PATTERN)]
PackId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9._+-]{1,64}$")]
SegmentId = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Row(BaseModel):
    """A part of a signed document; its fields are written in the order in which they stand."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def first_fault(error: ValidationError) -> str:
    """The place and the rule of a document's first fault, never the value: it may be a name."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in found["loc"])
    return f"{where}: {found['msg']}" if where else str(found["msg"])
