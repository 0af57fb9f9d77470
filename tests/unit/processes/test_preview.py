"""Pictures are written only while somebody looks, and faces are seen only as long as granted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.processes.preview import RATE_PER_S, Preview, PreviewLimits
from edge.processes.unblur import LONGEST_S, Unblurring
from edge.runtime.audit import AuditLog
from edge.runtime.preview_file import read_facts, read_picture, wanted
from edge.runtime.wish_file import WishFile
from edge.values import Detection, Frame, Verdict
from edge.values.preview import PreviewFacts, SeenFace
from tests.fakes.clock import FakeClock

NOISE = np.random.default_rng(7).integers(16, 236, (720, 1280), dtype=np.uint8)
HALF = np.full((360, 640), 128, np.uint8)
POINTS = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)
FACE = Detection((600.0, 300.0, 100.0, 100.0), POINTS + np.array([600, 300], np.float32), 0.9)


class EmptyDetector:
    """Finds nothing by itself."""

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        return ()


class Site:
    """A preview, a page that asks for it, and a clock."""

    def __init__(self, folder: Path, *, in_ram: bool = True) -> None:
        self.run_dir, self.requests = folder / "run", folder / "run" / "status"
        self.requests.mkdir(parents=True)
        self.wanted, self.wish = wanted(self.requests, "door"), self.requests / "unblur.json"
        self.audit = AuditLog(folder / "audit.log")
        self.clock = FakeClock()
        self.detectors = 0
        self.preview = Preview(
            "door",
            self.run_dir,
            self._detector,
            PreviewLimits(640, 384, 22.0, 44.0),
            Unblurring(
                WishFile(self.wish, self.clock),
                self.run_dir,
                self.audit,
                self.clock,
                lambda _: in_ram,
            ),
            self.clock,
        )
        self._index = 0

    def _detector(self) -> EmptyDetector:
        self.detectors += 1
        return EmptyDetector()

    def ask(self, ahead_s: float = 0.0) -> None:
        self.wanted.touch()
        self._date(self.wanted, ahead_s)

    def ask_to_see(self, seconds: float, *, by: str = "installer", ahead_s: float = 0.0) -> None:
        until = self.clock.utc() + timedelta(seconds=seconds)
        self.wish.write_text(json.dumps({"until": until.isoformat(), "by": by}))
        self._date(self.wish, ahead_s)

    def run(self, seconds: float, *, asking: bool = True) -> list[int]:
        """Frames ten times a second; returns the numbers of the pictures that were written."""
        numbers = []
        for _ in range(round(seconds * 10)):
            self.clock.advance(0.1)
            if asking:
                self.ask()
            self.preview.look_around()
            seen = SeenFace(1, FACE, Verdict.EVIDENCE, "")
            self.preview.take(self._frame(), (seen,))
            if (facts := self.facts) is not None and facts.number not in numbers:
                numbers.append(facts.number)
        return numbers

    @property
    def facts(self) -> PreviewFacts | None:
        return read_facts(self.run_dir, "door")

    @property
    def face_is_visible(self) -> bool:
        """Whether the noise of the frame can be seen where the face is."""
        data = read_picture(self.run_dir, "door")
        assert data is not None
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        rows, columns = picture.shape
        middle = picture[
            int(rows * 0.45) : int(rows * 0.53), int(columns * 0.485) : int(columns * 0.53)
        ]
        return float(cv2.Laplacian(middle, cv2.CV_64F).var()) > 300

    def actions(self) -> list[str]:
        found = self.audit.verify()
        assert found.problem == ""
        return [str(line["action"]) for line in found.lines]

    def _frame(self) -> Frame:
        self._index += 1
        at_s = self.clock.monotonic_s()
        return Frame("door", self._index, at_s, self.clock.utc(), NOISE, HALF, HALF)

    def _date(self, path: Path, ahead_s: float) -> None:
        at_s = self.clock.utc().timestamp() + ahead_s
        os.utime(path, (at_s, at_s))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_nothing_is_written_and_no_detector_loaded_while_nobody_looks(site: Site) -> None:
    assert site.run(5, asking=False) == []
    assert site.detectors == 0
    assert sorted(one.name for one in site.run_dir.iterdir()) == ["status"]


def test_at_most_five_pictures_a_second_with_faces_hidden(site: Site) -> None:
    numbers = site.run(10)
    assert 0.8 * 9 * RATE_PER_S <= len(numbers) <= 10 * RATE_PER_S
    assert not site.face_is_visible
    facts = site.facts
    assert facts is not None
    assert (facts.width, facts.height) == (640, 360)
    assert facts.unblurred_until is None
    assert facts.faces[0].verdict is Verdict.EVIDENCE
    assert facts.faces[0].inter_eye_px == pytest.approx(40)
    assert sum(facts.coverage) >= 90
    assert site.detectors == 1


def test_the_pictures_are_removed_when_nobody_looks_any_more(site: Site) -> None:
    site.run(3)
    assert site.facts is not None
    site.run(5, asking=False)
    assert sorted(one.name for one in site.run_dir.iterdir()) == ["status"]


def test_the_pictures_are_removed_at_the_end_and_those_of_an_earlier_process_at_the_start(
    site: Site,
) -> None:
    site.run(3)
    site.preview.close()
    assert site.facts is None
    (site.run_dir / "preview.door.jpg").write_bytes(b"left over")
    again = Site(site.run_dir / "again")
    (again.run_dir / "preview.door.jpg").write_bytes(b"left over")
    again.preview.look_around()
    assert not (again.run_dir / "preview.door.jpg").exists()


def _far_future(site: Site) -> None:
    site.ask(ahead_s=3600)


def _link(site: Site) -> None:
    target = site.requests / "elsewhere"
    target.touch()
    os.utime(target, (site.clock.utc().timestamp(),) * 2)
    site.wanted.symlink_to(target)


def _folder(site: Site) -> None:
    site.wanted.mkdir()


def _pipe(site: Site) -> None:
    os.mkfifo(site.wanted)


@pytest.mark.parametrize("plant", [_far_future, _link, _folder, _pipe])
def test_a_request_that_is_not_what_the_page_writes_shows_nothing(
    site: Site, plant: Callable[[Site], None]
) -> None:
    plant(site)
    assert site.run(3, asking=False) == []


def test_faces_are_visible_while_granted_on_the_record_and_hidden_after(site: Site) -> None:
    site.run(2)
    site.ask_to_see(30)
    site.run(3)
    assert site.face_is_visible
    assert site.actions() == ["preview-unblurred"]
    assert "unblurred" in site.preview.facts()
    site.run(30)
    assert not site.face_is_visible
    assert site.preview.facts() == {}
    assert site.actions() == ["preview-unblurred", "preview-blurred"]


def test_no_wish_lasts_longer_than_ten_minutes_after_it_was_written(site: Site) -> None:
    site.ask_to_see(7 * 24 * 3600)
    site.run(2)
    facts = site.facts
    assert facts is not None
    assert facts.unblurred_until is not None
    assert (facts.unblurred_until - site.clock.utc()).total_seconds() <= LONGEST_S
    site.clock.advance(LONGEST_S)
    site.preview.look_around()
    assert site.facts is None  # what showed a face is gone before the next frame comes
    site.run(3)
    assert not site.face_is_visible


def test_setting_the_clock_back_prolongs_nothing(tmp_path: Path) -> None:
    """Steady time ends a grant, whatever the time of day says."""
    site = Site(tmp_path)
    slow = _SlowDay(site.clock)
    unblurring = Unblurring(
        WishFile(site.wish, slow), site.run_dir, site.audit, slow, lambda _: True
    )
    site.ask_to_see(600)
    unblurring.look()
    assert unblurring.until is not None
    site.clock.advance(LONGEST_S + 1)
    assert slow.utc() < site.clock.utc() - timedelta(seconds=500)
    assert unblurring.until is None


class _SlowDay:
    """A clock whose time of day is set back all the time."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._utc = clock.utc()

    def monotonic_s(self) -> float:
        return self._clock.monotonic_s()

    def utc(self):  # type: ignore[no-untyped-def]
        return self._utc

    def trusted_utc(self):  # type: ignore[no-untyped-def]
        return self._utc


def test_taking_the_wish_back_hides_faces_at_once(site: Site) -> None:
    site.ask_to_see(600)
    site.run(3)
    assert site.face_is_visible
    site.wish.unlink()
    site.run(2)
    assert not site.face_is_visible


def test_an_old_wish_is_not_granted_again(site: Site) -> None:
    site.ask_to_see(5)
    site.run(20)
    assert site.actions() == ["preview-unblurred", "preview-blurred"]


def test_no_face_is_shown_when_the_run_folder_lies_on_a_disk(tmp_path: Path) -> None:
    site = Site(tmp_path, in_ram=False)
    site.ask_to_see(600)
    site.run(3)
    assert not site.face_is_visible
    assert site.actions() == []
    facts = site.facts
    assert facts is not None
    assert "lies on a disk" in facts.note


def test_no_face_is_shown_when_the_audit_log_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "audit.log").mkdir()
    site = Site(tmp_path)
    site.ask_to_see(600)
    site.run(3)
    assert not site.face_is_visible
    facts = site.facts
    assert facts is not None
    assert "audit log" in facts.note


def _huge(site: Site) -> None:
    site.wish.write_text(site.wish.read_text() + " " * 10_000_000)


def _linked(site: Site) -> None:
    elsewhere = site.requests / "elsewhere"
    site.wish.rename(elsewhere)
    site.wish.symlink_to(elsewhere)


def _from_tomorrow(site: Site) -> None:
    site.ask_to_see(2 * 24 * 3600, ahead_s=24 * 3600)


def _from_yesterday(site: Site) -> None:
    site.ask_to_see(600, ahead_s=-24 * 3600)


def _by_operator(site: Site) -> None:
    site.ask_to_see(600, by="operator")


def _text(text: str) -> Callable[[Site], None]:
    def plant(site: Site) -> None:
        site.wish.write_text(text)
        site._date(site.wish, 0.0)

    return plant


@pytest.mark.parametrize(
    "plant",
    [
        _huge,
        _linked,
        _from_tomorrow,
        _from_yesterday,
        _by_operator,
        _text(""),
        _text("[]"),
        _text("null"),
        _text('{"until": 7, "by": "installer"}'),
        _text('{"until": "9999-12-31T23:59:59-23:59", "by": "installer"}'),
        _text('{"until": "2026-06-01T13:00:00", "by": ["installer"]}'),
        _text("[" * 1000),
    ],
)
def test_a_wish_that_is_not_what_the_page_writes_shows_no_face(
    site: Site, plant: Callable[[Site], None]
) -> None:
    site.ask_to_see(600)
    plant(site)
    site.run(3)
    assert not site.face_is_visible
    assert site.actions() == []
