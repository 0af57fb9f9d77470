"""A publisher's and an operator's way through ``watchpost models``, with the real models."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.cli import models
from edge.cli.config import pack_of
from edge.compose import box
from edge.compose.models import tried
from edge.errors import ConfigError, PackError
from edge.modelstore import fetch
from edge.modelstore.signature import public_text
from edge.runtime.settings import load_settings
from edge.runtime.web import Patience
from tests.fakes.pack_files import PUBLISHER, archive
from tests.fakes.pack_site import Site

DEFAULT = Path(__file__).parents[2] / "models" / "default"
KEY = public_text(PUBLISHER)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    made = Site(folder)
    thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


class Operator:
    """Types commands on a box whose settings trust one publisher."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.config = folder / "box.toml"
        self.settings("default")
        self._capsys = capsys
        self._parser = argparse.ArgumentParser()
        models.add_parser(self._parser.add_subparsers(required=True))

    def settings(self, name: str, keys: str = KEY) -> None:
        self.config.write_text(
            f'[box]\nstate_dir = "state"\nrun_dir = "run"\n[pack]\nname = "{name}"\n'
            f'keys = ["{keys}"]\n'
        )

    def __call__(self, command: str, *words: object) -> str:
        config = () if command == "pack" else ("--config", self.config)
        args = self._parser.parse_args([str(w) for w in ("models", command, *words, *config)])
        self._capsys.readouterr()
        assert args.run(args) == 0
        return self._capsys.readouterr().out

    def installed(self) -> list[str]:
        root = self.folder / "state" / "packs"
        found = root.iterdir() if root.is_dir() else ()
        return sorted(one.name for one in found if one.name != ".lock")


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(tmp_path, capsys)


def greys(folder: Path, operator: Operator, old: str = "", new: str = "") -> Path:
    """The default pack under another name (and with another line), packed and signed."""
    shutil.copytree(DEFAULT, folder / "greys")
    manifest = folder / "greys" / "manifest.toml"
    text = manifest.read_text("utf-8").replace('id = "watchpost-default"', 'id = "greys"')
    text = re.sub(r'(?m)^version = ".*"$', 'version = "1.0.0"', text, count=1)
    manifest.write_text(text.replace(old, new, 1) if old else text, "utf-8")
    pem = PUBLISHER.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(pem)
    said = operator("pack", folder / "greys", folder / "greys.zip", "--key", folder / "key.pem")
    assert KEY in said
    return folder / "greys.zip"


def test_from_a_publishers_folder_to_a_pack_that_a_box_runs(
    tmp_path: Path, operator: Operator, site: Site
) -> None:
    path = greys(tmp_path, operator)
    shutil.copy(path, site.folder / "greys-1.0.0.zip")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    index = {"packs": [{"id": "greys", "version": "1.0.0", "url": "greys-1.0.0.zip",
                        "sha256": digest, "title": "for infrared cameras"}]}  # fmt: skip
    (site.folder / "index.json").write_text(json.dumps(index))

    said = operator("fetch", "greys", "--index", site.address("index.json"))
    assert "greys@1.0.0: for infrared cameras" in said
    assert "Installed greys@1.0.0" in said
    assert operator.installed() == ["greys@1.0.0"]
    assert "installed already" in operator("add", path)
    assert "signed" in operator("verify", "greys")
    assert json.loads(operator("verify", "greys@1.0.0", "--json"))["signed"] is True
    rows = json.loads(operator("list", "--json"))
    assert [(r["pack"], r["origin"]) for r in rows if r["origin"] == "installed"] == [
        ("greys@1.0.0", "installed")
    ]
    shown = json.loads(operator("show", "greys", "--json"))
    assert shown["embedder"]["licence"] == "CC0-1.0 AND MIT AND Apache-2.0"
    assert shown["detector"]["tensors"][0].startswith("in int8 1x384x640x1")
    operator.settings("greys")
    assert box.pack(load_settings(operator.config, {})).ref == "greys@1.0.0"
    # `eval` and `models calibrate` name packs as the settings do.
    named = argparse.Namespace(pack="greys", config=operator.config)
    assert pack_of(named).ref == "greys@1.0.0"


def test_the_bundled_packs_are_listed_shown_and_verified(operator: Operator) -> None:
    said = operator("list")
    assert "watchpost-default@2.1.0" in said
    assert "blazeface-dlib@2.0.0" in said
    for name in ("default", "blazeface"):
        assert "CC0-1.0" in operator("show", name)
        assert "files are whole and fit the manifest" in operator("verify", name)


def test_a_pack_that_does_not_fit_its_manifest_is_refused_by_running_it(
    tmp_path: Path, operator: Operator
) -> None:
    path = greys(tmp_path, operator, "mean = 128.0\nstd = 128.0", "mean = 0.0\nstd = 1.0")
    with pytest.raises(PackError, match="tells only 2 apart"):
        operator("add", path)
    assert operator.installed() == []


def test_a_file_that_is_no_model_is_refused(tmp_path: Path, operator: Operator) -> None:
    with pytest.raises(PackError, match="is not a model that this runtime can load"):
        operator("add", archive(tmp_path, "junk"))
    assert operator.installed() == []


def test_a_model_that_was_damaged_inside_is_refused(tmp_path: Path) -> None:
    shutil.copytree(DEFAULT, tmp_path / "pack")
    detector = tmp_path / "pack" / "detector.tflite"
    data = detector.read_bytes()
    # A true TFLite file whose inner offsets point astray; its digest is made to fit.
    wild = data[:64] + bytes(255 - byte for byte in data[64:4096]) + data[4096:]
    detector.write_bytes(wild)
    manifest = tmp_path / "pack" / "manifest.toml"
    digests = [hashlib.sha256(one).hexdigest() for one in (data, wild)]
    manifest.write_text(manifest.read_text("utf-8").replace(*digests), "utf-8")
    with pytest.raises(PackError, match="is not a model that this runtime can load"):
        tried(tmp_path / "pack")


def test_a_runtime_that_is_brought_down_takes_its_own_process_only() -> None:
    with pytest.raises(PackError, match=r"brought the runtime down \(exit code -6\)"):
        tried(DEFAULT, child=(sys.executable, "-c", "import os; os.abort()"))


def test_models_that_take_too_long_are_given_up() -> None:
    with pytest.raises(PackError, match=r"took longer than 0\.01 s"):
        tried(DEFAULT, limit_s=0.01)


def test_an_unknown_publisher_is_refused_before_anything_is_run(
    tmp_path: Path, operator: Operator
) -> None:
    path = archive(tmp_path, "one")
    operator.settings("default", keys=public_text(Ed25519PrivateKey.generate()))
    with pytest.raises(PackError, match="not signed by any of the 1 keys"):
        operator("add", path)


def test_an_archive_with_another_digest_is_refused(
    tmp_path: Path, operator: Operator, site: Site
) -> None:
    path = archive(tmp_path, "one")
    with pytest.raises(PackError, match="has the SHA-256"):
        operator("add", path, "--sha256", "0" * 64)
    shutil.copy(path, site.folder)
    with pytest.raises(PackError, match="has the SHA-256"):
        operator("fetch", site.address("one.zip"), "--sha256", "0" * 64)
    assert operator.installed() == []


def test_fetching_is_bounded_in_size_time_and_redirects(tmp_path: Path, site: Site) -> None:
    (site.folder / "big").write_bytes(bytes(5000))
    cases = {
        "big": "has more than 1000 bytes",
        "drip": "took longer than 0.2 s",
        "short": "ended 990 bytes too early",
        "absent": "answered 404",
        "loop": "answered 302",
        "to/file:///etc/hostname": "answered 302",
        "to/https://127.0.0.1:1/x": "redirects to another scheme",
        "to/http://192.0.2.1/x": "is a plain http address of another machine",
    }
    limits = fetch.Limits(max_bytes=1000, patience=Patience(wait_s=2.0, whole_s=0.2))
    for number, (path, words) in enumerate(cases.items()):
        with pytest.raises(PackError, match="cannot be fetched") as caught:
            fetch.download(site.address(path), tmp_path / str(number), limits=limits)
        assert words in caught.value.problem


@pytest.mark.parametrize(
    "address",
    ["http://192.0.2.1/a.zip", "ftp://127.0.0.1/a.zip", "https://u:p@example.org/a.zip",
     "file://other/a.zip", "http:///a.zip"],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_not_asked(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError):
        fetch.download(address, tmp_path / "out")


def test_an_index_names_what_it_has_and_gives_the_newest(tmp_path: Path) -> None:
    listed = [
        {"id": "a", "version": v, "url": f"a-{v}.zip", "sha256": "0" * 64}
        for v in ("1.9.0", "1.10.0")
    ]
    index = tmp_path / "index.json"
    index.write_text(json.dumps({"packs": listed}))
    found = fetch.look_up("a", index.as_uri())
    assert (found.ref, found.url) == ("a@1.10.0", f"{tmp_path.as_uri()}/a-1.10.0.zip")
    assert fetch.look_up("a@1.9.0", index.as_uri()).version == "1.9.0"
    with pytest.raises(PackError, match="has no pack b"):
        fetch.look_up("b", index.as_uri())
    index.write_text('{"packs": [{"id": "a"}]}')
    with pytest.raises(PackError, match="is damaged"):
        fetch.look_up("a", index.as_uri())
    index.write_text('{"packs": []}' + " " * fetch.MAX_INDEX_BYTES)
    with pytest.raises(PackError, match="has more than"):
        fetch.look_up("a", index.as_uri())
    with pytest.raises(ConfigError, match="no index"):
        fetch.look_up("a", "")


@pytest.mark.parametrize("command", ["list", "show", "verify", "add", "fetch", "pack"])
def test_every_command_has_help(command: str) -> None:
    parser = argparse.ArgumentParser()
    models.add_parser(parser.add_subparsers(required=True))
    with pytest.raises(SystemExit) as caught:
        parser.parse_args(["models", command, "--help"])
    assert caught.value.code == 0
