"""The frame of every message: CloudEvents 1.0 in structured JSON, bounded, checked both ways.

In: a wire model, or bytes from the network. Out: bytes, or a checked wire model. Always: a
message is at most 64 KiB, and a refusal names the field and the rule but never the value, for a
value may name a person. What the kinds of message mean is left to the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from edge.errors import BrokerError

CONTENT_TYPE = "application/cloudevents+json"
MAX_MESSAGE_BYTES = 64 * 1024

Event = TypeVar("Event", bound=BaseModel)


def box_source(site: str, box: str) -> str:
    """Who says it: a box."""
    return f"/watchpost/{site}/{box}"


@contextmanager
def made(what: str) -> Iterator[None]:
    """Turn a value that a message cannot hold into words.

    Args:
        what: the message with its article: "A hit".

    Raises:
        BrokerError: a value that a message cannot hold.
    """
    try:
        yield
    except ValidationError as error:
        raise _unusable(f"{what} cannot be put into a message", error) from error


def encoded(event: BaseModel) -> bytes:
    """A wire model as bytes; absent values stay absent."""
    return event.model_dump_json(by_alias=True, exclude_none=True).encode()


def decoded(model: type[Event], payload: bytes, what: str) -> Event:
    """Bytes as a wire model.

    Args:
        model: which kind is expected.
        payload: what came.
        what: the kind with its article: "a hit".

    Raises:
        BrokerError: it is too large, no JSON, or not of this kind and version.
    """
    if len(payload) > MAX_MESSAGE_BYTES:
        raise BrokerError(
            f"A message has {len(payload)} bytes; the limit is {MAX_MESSAGE_BYTES}.",
            "Check what else publishes on this topic.",
        )
    try:
        return model.model_validate_json(payload)
    except ValidationError as error:
        raise _unusable(f"A message is not {what}", error) from error


def _unusable(what: str, error: ValidationError) -> BrokerError:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the message"
    return BrokerError(
        f"{what}: {where}: {first['msg'].lower()}.",
        "Check that both sides run the same version of watchpost.",
    )
