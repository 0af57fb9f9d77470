"""A box's first file: what it holds, and what is refused as one."""

from __future__ import annotations

import io
import json
import tomllib
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ConfigError
from edge.fleet.bundle import MAX_BUNDLE_BYTES, Bundle, read_bundle, write_bundle
from edge.fleet.certificates import Identity, box_name, make_authority, make_client
from edge.fleet.fragment import Wanted, settings_text
from edge.runtime.setting_tables import Settings

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
SECRET = "correct horse battery"
WANTED = Wanted(
    "site-1", "box-1", "broker.example", 8883, "receiver", "https://lists.example/", has_root=True
)
AUTHORITY = make_authority("test", NOW)
BOX = make_client(AUTHORITY, box_name("site-1", "box-1"), NOW, YEAR)
FILES = {
    "watchpost.toml": settings_text(WANTED).encode(),
    "ca.pem": AUTHORITY.pem,
    "root.json": b"{}",
}


def bundle(identity: Identity = BOX, passphrase: str | None = None, **files: bytes) -> bytes:
    return write_bundle(Bundle("site-1", "box-1", FILES | files), identity, passphrase)


def changed(data: bytes, name: str, content: bytes | None) -> bytes:
    """The same bundle with another member, or without it."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w") as new:
        files = {one: old.read(one) for one in old.namelist()}
        if content is None:
            del files[name]
        else:
            files[name] = content
        for one, each in files.items():
            new.writestr(one, each, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def test_a_bundle_holds_all_that_a_box_needs_and_reads_again() -> None:
    read = read_bundle(bundle())
    assert (read.site, read.box) == ("site-1", "box-1")
    assert set(read.files) == {"watchpost.toml", "ca.pem", "box.pem", "box.key", "root.json"}
    settings = Settings.model_validate(tomllib.loads(read.files["watchpost.toml"].decode()))
    assert (settings.mqtt.host, settings.mqtt.port) == ("broker.example", 8883)
    assert settings.mqtt.tls
    assert settings.mqtt.ack == "receiver"
    assert {str(settings.mqtt.ca_file), str(settings.mqtt.cert_file), str(settings.mqtt.key_file)}
    assert str(settings.watchlist.root) == "root.json"
    assert settings.watchlist.source == "https://lists.example/"


def test_a_bundle_without_a_repository_says_nothing_of_one() -> None:
    text = settings_text(replace(WANTED, source="", has_root=False))
    assert "watchlist" not in tomllib.loads(text)


def test_an_encrypted_key_opens_with_its_passphrase_only() -> None:
    data = bundle(passphrase=SECRET)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"ENCRYPTED" in archive.read("box.key")
    key = load_pem_private_key(read_bundle(data, SECRET).files["box.key"], None)
    assert key.public_key() == BOX.certificate.public_key()
    with pytest.raises(ConfigError, match="needs its passphrase"):
        read_bundle(data)
    with pytest.raises(ConfigError, match="wrong passphrase") as caught:
        read_bundle(data, "another passphrase")
    assert "another" not in str(caught.value)


@pytest.mark.parametrize("name", ["bundle.json", "watchpost.toml", "ca.pem", "box.pem", "box.key"])
def test_a_bundle_that_lacks_a_file_or_has_a_damaged_one_is_refused(name: str) -> None:
    for content in (None, b"", b"\xff\x00" * 50, b"x" * 300_000):
        with pytest.raises(ConfigError) as caught:
            read_bundle(changed(bundle(), name, content))
        assert caught.value.remedy


@pytest.mark.parametrize("name", ["../etc/passwd", "/etc/passwd", "box.pem/..", "more.txt"])
def test_a_file_that_does_not_belong_there_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="files of a bundle"):
        read_bundle(changed(bundle(), name, b"x"))


def test_a_bundle_for_another_box_than_it_says_is_refused() -> None:
    other = make_client(AUTHORITY, box_name("site-1", "box-2"), NOW, YEAR)
    with pytest.raises(ConfigError, match="certificate is for another box"):
        read_bundle(bundle(other))
    settings = settings_text(replace(WANTED, box="box-2")).encode()
    with pytest.raises(ConfigError, match="settings are for another box"):
        read_bundle(bundle(**{"watchpost.toml": settings}))


def test_a_certificate_of_another_authority_and_a_key_of_another_box_are_refused() -> None:
    stranger = make_client(make_authority("test", NOW), "site-1/box-1", NOW, YEAR)
    with pytest.raises(ConfigError, match="not signed by its authority"):
        read_bundle(bundle(stranger))
    twin = make_client(AUTHORITY, "site-1/box-1", NOW, YEAR)
    with pytest.raises(ConfigError, match="not its certificate's"):
        read_bundle(changed(bundle(), "box.key", twin.key_pem()))


def test_a_bundle_of_a_later_format_asks_for_an_update() -> None:
    label = json.dumps({"format": 2, "site": "site-1", "box": "box-1"}).encode()
    with pytest.raises(ConfigError, match="format 2"):
        read_bundle(changed(bundle(), "bundle.json", label))


def test_a_member_that_unpacks_to_too_much_is_refused() -> None:
    bomb = changed(bundle(), "root.json", b"\0" * 50_000_000)
    assert len(bomb) < MAX_BUNDLE_BYTES
    with pytest.raises(ConfigError, match="too large"):
        read_bundle(bomb)


def test_a_file_that_is_too_large_is_not_looked_into() -> None:
    with pytest.raises(ConfigError, match="bytes"):
        read_bundle(b"\0" * (MAX_BUNDLE_BYTES + 1))


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    with pytest.raises(ConfigError):
        read_bundle(data)


def test_a_file_that_begins_before_the_bundle_is_damage() -> None:
    data = bytearray(bundle())
    end = data.rindex(b"PK\x05\x06")  # its directory, by this, begins 64 KiB later than it does
    offset = int.from_bytes(data[end + 16 : end + 20], "little")
    data[end + 16 : end + 20] = (offset + 65536).to_bytes(4, "little")
    with pytest.raises(ConfigError, match="damaged"):
        read_bundle(bytes(data))


@given(st.integers(min_value=0), st.binary(min_size=1, max_size=8))
def test_no_damage_breaks_the_reader(place: int, noise: bytes) -> None:
    """Whatever is overwritten, a bundle opens as itself or is refused."""
    data = bytearray(bundle())
    at = place % len(data)
    data[at : at + len(noise)] = noise
    try:
        read = read_bundle(bytes(data))
    except ConfigError:
        return
    assert (read.site, read.box) == ("site-1", "box-1")
