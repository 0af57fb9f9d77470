"""``watchpost register add`` with the real models: which photos it takes, which not, and why."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.cli.main import main
from edge.values import Bytes

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "edge/demo/data/photos"
# A real photo in profile; only developers have these pictures, beside the checkout.
PROFILE = ROOT.parent / "shared/faces-dev/Bill_Simon/Bill_Simon_0006.jpg"
TODAY = datetime.now(UTC).date()


class Desk:
    """An operator's desk with a register and a folder of photos."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        (folder / "form.txt").write_text("I agree.")
        self._forms = 0
        self(
            "init", folder / "register", "--no-passphrase",
            "--list", "guests", "--purpose", "Greet our guests.",
        )  # fmt: skip

    def __call__(self, *words: object, expect: int = 0) -> str:
        code = main(["register", *map(str, words)])
        said = self._capsys.readouterr()
        assert code == expect, said
        return said.out + said.err

    def add(self, *photos: Path, expect: int = 0) -> str:
        self._forms += 1  # everybody signs a form of their own
        form = self.folder / f"form-{self._forms}.txt"
        form.write_text(f"I agree ({self._forms}).")
        return self(
            "add", "--name", "Somebody", "--list", "guests", "--given-by", "self", "--site", "*",
            "--consent", form, "--given-on", TODAY - timedelta(days=1),
            "--expires", TODAY + timedelta(days=90), "--photo", *photos, expect=expect,
        )  # fmt: skip

    def write(self, name: str, picture: Bytes) -> Path:
        path = self.folder / name
        assert cv2.imwrite(str(path), picture)
        return path


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    for name in ("WATCHPOST_PASSPHRASE", "WATCHPOST_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WATCHPOST_REGISTER", str(tmp_path / "register"))
    return Desk(tmp_path, capsys)


def photos_of(name: str) -> list[Path]:
    return sorted((PHOTOS / name).glob("enrol_*.jpg"))


def picture(name: str) -> Bytes:
    return np.asarray(cv2.imread(str(photos_of(name)[0])), np.uint8)


def small(of: Bytes, share: float) -> Bytes:
    """The picture, smaller, on grey."""
    less = cv2.resize(of, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    canvas = np.full_like(of, 128)
    canvas[60 : 60 + less.shape[0], 60 : 60 + less.shape[1]] = less
    return canvas


def test_every_photo_of_the_demos_people_can_be_used(desk: Desk) -> None:
    people = sorted({path.parent.name for path in PHOTOS.glob("*/enrol_*.jpg")})
    assert len(people) >= 3
    for name in people:
        said = desk.add(*photos_of(name))
        assert "not used" not in said
        assert "Warning" not in said


def test_each_bad_photo_says_why_with_number_and_limit(desk: Desk) -> None:
    good = photos_of("ada")[:3]
    ada = picture("ada")
    bad = {
        "empty.png": (np.full_like(ada, 127), "No face was found: 0 faces, exactly 1 is needed"),
        "two.png": (
            np.hstack([ada, picture("bruno")]),
            r"2 faces of similar size: the second is [01].\d\d of the first, less than 0.5 is",
        ),
        "small.png": (
            small(ada, 0.3),
            r"too small: \d+ px between the eyes, at least 22 is needed",
        ),
        "blurred.png": (
            cv2.GaussianBlur(ada, (0, 0), 6),
            r"blurred: sharpness 0.\d\d, at least 0.3 is needed",
        ),
        "dark.png": ((ada * 0.12).astype(np.uint8), r"too dark: mean luma \d+, at least 25 is"),
    }
    paths = [desk.write(name, made) for name, (made, _) in bad.items()]
    said = desk.add(*good, *paths, desk.folder / "form.txt", good[0])
    assert said.count(": used.") == 3
    for path, (_, reason) in zip(paths, bad.values(), strict=True):
        assert re.search(rf"{path.name}: not used\. .*{reason}", said), said
    assert re.search(r"form.txt: not used\. .*is unusable: it is no JPEG, PNG or WebP", said)
    assert "not used. It is the same picture as" in said


def test_a_photo_of_somebody_else_is_named_with_its_likeness_and_the_limit(desk: Desk) -> None:
    stranger = photos_of("bruno")[0]
    said = desk.add(*photos_of("ada")[:3], stranger, expect=6)
    assert re.search(r"less than 0.900 alike to the mean of the others: \S+ \(0.\d{3}\)", said)
    assert said.count("bruno/enrol_1.jpg (0.") == 1
    assert "0 entries." in desk("list")


def test_a_person_who_is_enrolled_is_found_by_other_photos(desk: Desk) -> None:
    desk.add(*photos_of("ada")[:3])
    said = desk.add(*photos_of("ada")[3:], expect=6)
    assert re.search(r"on list guests already: entry \S+ is 0.9\d\d alike \(limit 0.940\)", said)


@pytest.mark.skipif(not PROFILE.exists(), reason="the development photos are not here")
def test_a_face_in_profile_is_refused_as_turned_away(desk: Desk) -> None:
    said = desk.add(PROFILE, expect=6)
    assert re.search(r"turned away: nose 0.\d\d eye distances off the middle, at most 0.55", said)
