"""A pack is installed whole, signed and tried, or not at all."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import ConfigError, PackError
from edge.modelstore import signature
from edge.modelstore.build import build
from edge.modelstore.find import find_pack, installed_packs
from edge.modelstore.install import Installed, install, verify_installed
from tests.fakes.pack_files import PUBLISHER, archive, pack_folder

KEYS = (PUBLISHER.public_key(),)
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))


def passes(folder: Path) -> None:
    assert (folder / "embedder.tflite").is_file()


def fails(folder: Path) -> None:
    raise PackError("The models do not fit.", "Mend them.")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "state" / "packs"


def put(path: Path, root: Path) -> Installed:
    return install(path, root, KEYS, passes)


def holds(root: Path) -> list[str]:
    """All that lies in the root but its lock."""
    return sorted(one.name for one in root.iterdir() if one.name != ".lock")


def rewritten(path: Path, change: dict[str, bytes | None], name: str = "altered.zip") -> Path:
    """The same archive with members replaced, added or (None) left out; the signature stays."""
    out = path.with_name(name)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        members = {one: old.read(one) for one in old.namelist()}
        for member, data in {**members, **change}.items():
            if data is not None:
                new.writestr(zipfile.ZipInfo(member), data)
    return out


def test_a_signed_pack_is_installed_under_its_id_and_version(tmp_path: Path, root: Path) -> None:
    done = put(archive(tmp_path, "one"), root)
    assert (done.fresh, done.pack.ref) == (True, "fake@1.0.0")
    assert holds(root) == ["fake@1.0.0"]
    verify_installed(root / "fake@1.0.0", KEYS)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (root / "fake@1.0.0").iterdir()}
    assert modes == {0o644}


def test_the_same_pack_again_is_no_change(tmp_path: Path, root: Path) -> None:
    path = archive(tmp_path, "one")
    put(path, root)
    before = (root / "fake@1.0.0").stat().st_mtime_ns
    assert not install(path, root, KEYS, fails).fresh
    assert (root / "fake@1.0.0").stat().st_mtime_ns == before


def test_another_pack_of_the_same_name_and_version_never_replaces_the_first(
    tmp_path: Path, root: Path
) -> None:
    put(archive(tmp_path, "one"), root)
    with pytest.raises(PackError, match=r"Another pack fake@1\.0\.0 is installed"):
        put(archive(tmp_path, "two", models="second"), root)
    assert (root / "fake@1.0.0" / "detector.tflite").read_bytes() == b"first detector"
    assert holds(root) == ["fake@1.0.0"]


def test_versions_lie_side_by_side_and_the_id_means_the_newest(tmp_path: Path, root: Path) -> None:
    for version in ("1.9.0", "1.10.0", "1.2.0"):
        put(archive(tmp_path, f"v{version}", version=version), root)
    assert [one.name for one in installed_packs(root)] == [
        "fake@1.2.0", "fake@1.9.0", "fake@1.10.0",
    ]  # fmt: skip
    assert find_pack("fake", tmp_path, root).name == "fake@1.10.0"
    assert find_pack("fake@1.9.0", tmp_path, root) == root / "fake@1.9.0"


def test_a_bundled_pack_keeps_its_name_and_a_path_is_a_path(tmp_path: Path, root: Path) -> None:
    put(archive(tmp_path, "one"), root)
    bundled = tmp_path / "bundled"
    pack_folder(bundled / "fake")
    assert find_pack("fake", bundled, root) == bundled / "fake"
    assert find_pack("./fake", bundled, root) == Path("fake")
    assert find_pack("absent", bundled, root) == bundled / "absent"


def test_a_pack_that_the_release_brings_itself_is_refused(tmp_path: Path, root: Path) -> None:
    with pytest.raises(PackError, match=r"brings a pack fake@1\.0\.0 itself"):
        install(archive(tmp_path, "one"), root, KEYS, passes, taken=("fake@1.0.0",))
    assert holds(root) == []


def test_a_pack_whose_models_fail_their_trial_leaves_nothing(tmp_path: Path, root: Path) -> None:
    with pytest.raises(PackError, match="do not fit"):
        install(archive(tmp_path, "one"), root, KEYS, fails)
    assert holds(root) == []


def test_a_pack_signed_by_a_key_that_does_not_count_is_refused(tmp_path: Path, root: Path) -> None:
    with pytest.raises(PackError, match="not signed by any of the 1 keys"):
        put(archive(tmp_path, "one", key=STRANGER), root)
    assert holds(root) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"detector.tflite": b"first Detector"}, "detector.tflite is damaged"),
        ({"CARD.md": b"# Better than it is"}, "CARD.md is damaged"),
        ({"extra.txt": b"unsigned"}, "beyond its signed files: extra.txt"),
        ({"CARD.md": None}, "beyond its signed files: CARD.md"),
        ({signature.SUMS: b"0" * 64 + b"  CARD.md\n"}, "not signed by any"),
        ({signature.SIGNATURE: b"bm90IGEgc2lnbmF0dXJl"}, "not signed by any"),
        ({signature.SIGNATURE: b"not base64!"}, "not signed by any"),
        ({signature.SIGNATURE: None}, "has no SHA256SUMS.sig"),
        ({signature.SUMS: b"x" * 20_000}, "more than 16384 bytes"),
    ],
)
def test_an_altered_archive_is_refused_and_leaves_nothing(
    tmp_path: Path, root: Path, change: dict[str, bytes | None], words: str
) -> None:
    path = rewritten(archive(tmp_path, "one"), change)
    with pytest.raises(PackError, match=words.replace(".", r"\.")):
        put(path, root)
    assert holds(root) == []


def test_a_signed_manifest_that_reaches_out_of_its_folder_is_refused(
    tmp_path: Path, root: Path
) -> None:
    put(archive(tmp_path, "one"), root)
    path = archive(tmp_path, "two", version="2.0.0")
    with zipfile.ZipFile(path) as zipped:
        members = {name: zipped.read(name) for name in zipped.namelist()}
    stolen = b'file = "../fake@1.0.0/embedder.tflite"'
    changed = members["manifest.toml"].replace(b'file = "embedder.tflite"', stolen)
    sums = members[signature.SUMS].decode()
    old, new = (signature.write_sums({"manifest.toml": hashlib.sha256(one).hexdigest()}).decode()
                for one in (members["manifest.toml"], changed))  # fmt: skip
    sums_now = sums.replace(old, new).encode()
    path = rewritten(path, {
        "manifest.toml": changed,
        signature.SUMS: sums_now,
        signature.SIGNATURE: signature.sign(sums_now, PUBLISHER),
    })  # fmt: skip
    with pytest.raises(PackError, match="which is not in the archive"):
        put(path, root)


def test_what_an_interrupted_installation_left_goes_with_the_next(
    tmp_path: Path, root: Path
) -> None:
    (root / ".new-left").mkdir(parents=True)
    (root / ".new-left" / "embedder.tflite").write_bytes(b"half")
    put(archive(tmp_path, "one"), root)
    assert holds(root) == ["fake@1.0.0"]


def test_an_installed_pack_that_was_altered_no_longer_verifies(tmp_path: Path, root: Path) -> None:
    put(archive(tmp_path, "one"), root)
    folder = root / "fake@1.0.0"
    (folder / "CARD.md").write_text("# Altered")
    with pytest.raises(PackError, match=r"CARD\.md is damaged"):
        verify_installed(folder, KEYS)
    (folder / "CARD.md").unlink()
    with pytest.raises(PackError, match="lacks or has beyond"):
        verify_installed(folder, KEYS)
    with pytest.raises(PackError, match="not signed by any"):
        verify_installed(folder, (STRANGER.public_key(),))


def test_a_root_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PackError, match="cannot be installed"):
        put(archive(tmp_path, "one"), tmp_path / "file" / "packs")


def test_the_same_folder_and_key_make_the_same_archive(tmp_path: Path) -> None:
    first = archive(tmp_path, "one")
    build(tmp_path / "one", tmp_path / "again.zip", PUBLISHER)
    assert (tmp_path / "again.zip").read_bytes() == first.read_bytes()


def test_a_model_of_a_neighbouring_pack_goes_into_the_archive(tmp_path: Path, root: Path) -> None:
    pack_folder(tmp_path / "one")
    two = pack_folder(tmp_path / "two", version="2.0.0")
    (two / "embedder.tflite").unlink()
    text = (two / "manifest.toml").read_text()
    (two / "manifest.toml").write_text(
        text.replace('file = "embedder.tflite"', 'file = "../one/embedder.tflite"')
    )
    build(two, tmp_path / "two.zip", PUBLISHER)
    put(tmp_path / "two.zip", root)
    assert (root / "fake@2.0.0" / "embedder.tflite").read_bytes() == b"first embedder"


def test_a_leftover_in_the_folder_is_named_and_not_packed(tmp_path: Path) -> None:
    folder = pack_folder(tmp_path / "one")
    (folder / "notes.docx").write_text("secret")
    with pytest.raises(PackError, match=r"notes\.docx is nothing that a pack may have"):
        build(folder, tmp_path / "one.zip", PUBLISHER)


def test_without_a_publishers_key_nothing_can_be_trusted() -> None:
    with pytest.raises(ConfigError, match="No publisher's key"):
        signature.publisher_keys(())
    with pytest.raises(ConfigError, match="key 2 is not"):
        signature.publisher_keys((signature.public_text(PUBLISHER), "short"))
