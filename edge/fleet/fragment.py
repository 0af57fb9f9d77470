"""The settings that a new box is given; all else keeps its default until somebody changes it."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a box's settings are made of.

    Attributes:
        site: where it will be.
        box: which box it is.
        broker_host: must be a name in the broker's certificate.
        broker_port: its TLS port.
        ack: whose word releases a hit: "broker" or "receiver".
        source: address of the watchlist repository, or "" for none yet.
        has_root: whether the bundle holds the repository's root.json.
    """

    site: str
    box: str
    broker_host: str
    broker_port: int
    ack: str
    source: str = ""
    has_root: bool = False


def settings_text(wanted: Wanted) -> str:
    """``watchpost.toml`` for a box; its paths mean files beside it."""
    tables: dict[str, dict[str, object]] = {
        "box": {"id": wanted.box, "site": wanted.site},
        "mqtt": {
            "host": wanted.broker_host,
            "port": wanted.broker_port,
            "ack": wanted.ack,
            "tls": True,
            "ca_file": "ca.pem",
            "cert_file": "box.pem",
            "key_file": "box.key",
        },
        "watchlist": {},
    }
    if wanted.source:
        tables["watchlist"]["source"] = wanted.source
    if wanted.has_root:
        tables["watchlist"]["root"] = "root.json"
    lines = ["# Made by `watchpost fleet add`; see watchpost.example.toml for all settings."]
    for name, values in tables.items():
        if values:
            lines += ["", f"[{name}]"]
            # A JSON string, number or truth value is also one of TOML.
            lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"
