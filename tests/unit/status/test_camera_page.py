"""Of several cameras the page shows the one that was asked for, and wakes no other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.runtime.preview_file import facts_file, wanted, write_preview
from edge.runtime.setting_tables import CameraSettings
from edge.status.access.roles import Role
from edge.status.app import build_app
from tests.fakes.previews import FACE, facts_of
from tests.unit.status.page_site import PageSite

DOOR, YARD = b"\xff\xd8 door", b"\xff\xd8 yard"


@pytest.fixture
def site(tmp_path: Path) -> PageSite:
    """A box with two cameras, both of which are shown."""
    made = PageSite(tmp_path)
    cameras = (CameraSettings(name="door"), CameraSettings(name="yard", source="/dev/video1"))
    made.context.settings = made.context.settings.model_copy(update={"cameras": cameras})
    made.app = build_app(made.context, host="127.0.0.1")
    made.context.run_dir.mkdir()
    for name, picture in (("door", DOOR), ("yard", YARD)):
        write_preview(tmp_path, name, picture, facts_of(FACE))
        at_s = made.clock.utc().timestamp()
        os.utime(facts_file(tmp_path, name), (at_s, at_s))
    made.sign_in(Role.INSTALLER)
    return made


def test_each_camera_can_be_chosen_and_the_chosen_one_is_marked(site: PageSite) -> None:
    first, second = site.ask("/camera").text, site.ask("/camera?camera=yard").text
    for page in (first, second):
        assert 'href="/camera?camera=door"' in page
        assert 'href="/camera?camera=yard"' in page
    assert 'aria-current="true">door' in first
    assert 'aria-current="true">yard' in second
    assert 'data-camera="yard"' in second


def test_a_camera_shows_its_own_picture_and_is_asked_for_alone(site: PageSite) -> None:
    assert site.ask("/camera/picture.jpg?camera=yard").content == YARD
    assert wanted(site.context.run_dir, "yard").exists()
    assert not wanted(site.context.run_dir, "door").exists()
    assert site.ask("/camera/picture.jpg").content == DOOR


@pytest.mark.parametrize("name", ["garden", "../door", "door%00", "%2e%2e", "d" * 5000])
def test_a_camera_that_is_none_is_not_found(site: PageSite, name: str) -> None:
    for path in ("/camera", "/camera/picture.jpg", "/camera/stream"):
        assert site.ask(f"{path}?camera={name}").status_code == 404
    assert list(site.context.run_dir.iterdir()) == []


def test_hiding_faces_leads_back_to_the_same_camera(site: PageSite) -> None:
    session = site.sign_in(Role.INSTALLER)
    answer = site.ask("/camera/blur", {"csrf": session.csrf, "camera": "yard"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/camera?camera=yard")


def test_a_box_with_one_camera_offers_no_choice(tmp_path: Path) -> None:
    site = PageSite(tmp_path)
    site.sign_in(Role.OPERATOR)
    page = site.ask("/camera").text
    assert "?camera=" not in page.replace("picture.jpg?camera=", "")
    assert 'data-camera="camera-1"' in page
