"""Hits, watchlist, false alarms and system: who sees what, and what a form does."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.runtime.log_file import newest_lines
from edge.status.access.roles import Role
from edge.status.ports import Delivery, ErasureLine
from edge.status.reviews import ReviewBook
from edge.status.snapshot import Observer
from edge.values import Opinion
from tests.fakes.clock import FakeClock
from tests.fakes.page_files import write_curve, write_list
from tests.unit.status.page_fakes import IDENTITY, NOW, FakeHitLog, hit
from tests.unit.status.page_site import PageSite


class ErasedLog(FakeHitLog):
    """A store with one erasure that has arrived."""

    def erasures(self, limit: int) -> tuple[ErasureLine, ...]:
        return (ErasureLine("entry-77", "guests", 18, NOW, Delivery.ACKNOWLEDGED),)[:limit]


def forms(page: str, action: str) -> list[str]:
    return re.findall(f'<form[^>]*action="{action}"', page)


def test_a_hit_is_told_with_everything_the_operator_needs(tmp_path: Path) -> None:
    delivered = replace(hit(2), delivery=Delivery.ACKNOWLEDGED)
    site = PageSite(tmp_path, hit(1, label="Room 12"), delivered)
    site.sign_in()
    page = site.ask("/hits").text
    for expected in (
        *("Room 12", "residents", "camera-1", "Almost certain", "99.1 %", "5 looks"),
        *("Waiting to be sent", "At the broker", "No hit has been reviewed yet."),
    ):
        assert expected in page


def test_a_review_goes_out_counts_and_leaves_an_audit_line(tmp_path: Path) -> None:
    site = PageSite(tmp_path, hit(1), hit(2))
    csrf = site.sign_in().csrf
    answer = site.ask("/hits/review", {"csrf": csrf, "not_this_person": "hit-2"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/hits#hit-hit-2")
    site.ask("/hits/review", {"csrf": csrf, "confirmed": "hit-1"})
    page = site.ask("/hits").text
    assert "1 of 2 reviewed" in page
    assert "50.0 %" in page
    book = ReviewBook(site.context.state_dir)
    assert book.verdicts() == {"hit-1": Opinion.CONFIRMED, "hit-2": Opinion.NOT_THIS_PERSON}
    assert site.deeds()[-2:] == [("operator", "hit-dismissed"), ("operator", "hit-confirmed")]
    assert len(list((site.context.state_dir / "reviews").iterdir())) == 2


def test_a_review_changes_no_threshold(tmp_path: Path) -> None:
    site = PageSite(tmp_path, hit(1))
    csrf = site.sign_in().csrf
    site.ask("/hits/review", {"csrf": csrf, "not_this_person": "hit-1"})
    assert not (site.context.state_dir / "budget.json").exists()


def test_the_installer_neither_reviews_nor_sees_names(tmp_path: Path) -> None:
    site = PageSite(tmp_path, hit(1, label="Room 12"))
    csrf = site.sign_in(Role.INSTALLER).csrf
    page = site.ask("/hits").text
    assert "Room 12" not in page
    assert not forms(page, "/hits/review")
    assert "Room 12" not in site.ask("/api/v1/hits").text
    answer = site.ask("/hits/review", {"csrf": csrf, "confirmed": "hit-1"})
    assert answer.status_code == 403
    assert ReviewBook(site.context.state_dir).verdicts() == {}


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"confirmed": "hit-1"}, 403),
        ({"csrf": "wrong", "confirmed": "hit-1"}, 403),
        ({"csrf": None, "confirmed": "hit-9"}, 404),
        ({"csrf": None, "maybe": "hit-1"}, 422),
    ],
)
def test_a_wrong_review_is_refused(
    tmp_path: Path, form: dict[str, str | None], status: int
) -> None:
    site = PageSite(tmp_path, hit(1))
    csrf = site.sign_in().csrf
    sent = {name: csrf if value is None else value for name, value in form.items()}
    assert site.ask("/hits/review", sent).status_code == status
    assert ReviewBook(site.context.state_dir).verdicts() == {}


def test_signed_out_nothing_of_these_pages_is_told(tmp_path: Path) -> None:
    site = PageSite(tmp_path, hit(1))
    for path in ("/hits", "/watchlist", "/false-alarms", "/system"):
        answer = site.ask(path)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/sign-in?next={path}"
    for name in ("state", "hits", "reviews", "watchlist", "false-alarms", "settings", "logs"):
        assert site.ask(f"/api/v1/{name}").status_code == 401


def test_the_watchlist_tells_counts_signatures_and_erasures_and_no_names(tmp_path: Path) -> None:
    site = PageSite(tmp_path)
    write_list(tmp_path, NOW)
    site.sign_in()
    page = site.ask("/watchlist").text
    for expected in (
        *("residents", "Tell the nurses", "12", "1 signature, 1 needed of 1 key", "in 30 days"),
        *("abababab abababab", "Nobody has withdrawn"),
    ):
        assert expected in page


def test_an_erasure_is_told_with_its_way_out(tmp_path: Path) -> None:
    observer = Observer(IDENTITY, tmp_path, ErasedLog(), FakeClock())
    site = PageSite(tmp_path, observer=observer)
    site.sign_in()
    page = site.ask("/watchlist").text
    assert "entry-77" in page
    assert "At the broker" in page
    assert site.ask("/api/v1/watchlist").json()["erasures"][0]["entry_id"] == "entry-77"


def test_without_a_list_the_page_says_that_nobody_is_recognised(tmp_path: Path) -> None:
    site = PageSite(tmp_path)
    site.sign_in()
    assert "nobody is recognised" in site.ask("/watchlist").text


def test_a_saved_budget_is_written_with_an_audit_line(tmp_path: Path) -> None:
    site = PageSite(tmp_path)
    write_curve(tmp_path)
    csrf = site.sign_in().csrf
    answer = site.ask("/false-alarms/save", {"csrf": csrf, "budget": "0,5"})
    assert answer.status_code == 303
    said = json.loads((site.context.state_dir / "budget.json").read_bytes())
    assert said["false_alarms_per_week"] == 0.5
    assert site.deeds()[-1] == ("operator", "budget-set")
    assert "0.5 false alarms a week" in site.ask(answer.headers["location"]).text


@pytest.mark.parametrize("budget", ["0", "-1", "nan", "inf", "1e9", "abc", ""])
def test_a_budget_out_of_bounds_is_refused_with_the_bounds(tmp_path: Path, budget: str) -> None:
    site = PageSite(tmp_path)
    write_curve(tmp_path)
    csrf = site.sign_in().csrf
    answer = site.ask("/false-alarms/save", {"csrf": csrf, "budget": budget})
    assert answer.status_code == 422
    assert "0.001" in answer.text
    assert not (site.context.state_dir / "budget.json").exists()


def test_a_budget_is_the_operators_and_can_be_taken_back(tmp_path: Path) -> None:
    site = PageSite(tmp_path)
    write_curve(tmp_path, origin="page")
    csrf = site.sign_in(Role.INSTALLER).csrf
    assert site.ask("/false-alarms/save", {"csrf": csrf, "budget": "5"}).status_code == 403
    csrf = site.sign_in().csrf
    site.ask("/false-alarms/save", {"csrf": csrf, "budget": "5"})
    assert forms(site.ask("/false-alarms").text, "/false-alarms/drop")
    site.ask("/false-alarms/drop", {"csrf": csrf})
    assert not (site.context.state_dir / "budget.json").exists()


def test_the_slider_works_without_a_script(tmp_path: Path) -> None:
    site = PageSite(tmp_path)
    write_curve(tmp_path)
    site.sign_in()
    assert 'data-say="value">0.01 a week' in site.ask("/false-alarms?step=0").text
    assert 'data-say="value">1 a week' in site.ask("/false-alarms?step=99999").text


def test_settings_are_told_with_their_origin_and_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHPOST_MQTT__PORT", "1883")
    site = PageSite(tmp_path)
    camera = site.context.settings.camera.model_copy(
        update={"source": "rtsp://bob:hush@10.0.0.9/stream"}
    )
    site.context.settings = site.context.settings.model_copy(update={"camera": camera})
    write_curve(tmp_path, origin="page", wanted=5.0)
    site.sign_in(Role.INSTALLER)
    rows = {one["name"]: one for one in site.ask("/api/v1/settings").json()["settings"]}
    assert rows["box.state_dir"]["origin"] == "file"
    assert rows["mqtt.port"]["origin"] == "environment"
    assert rows["spool.max_rows"]["origin"] == "default"
    assert rows["decision.false_alarms_per_week"] == {
        "name": "decision.false_alarms_per_week",
        "value": "5",
        "origin": "page",
    }
    assert "hush" not in site.ask("/system").text
    assert "rtsp://***@10.0.0.9" in site.ask("/system").text


def test_logs_are_the_installers_and_masked(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    line = "refused mqtt://bob:hush@broker password=hush"
    (tmp_path / "log" / "report.log").write_text(f"{line}\n")
    site = PageSite(tmp_path)
    site.sign_in()
    assert "refused" not in site.ask("/system").text
    assert site.ask("/api/v1/logs").status_code == 403
    site.sign_in(Role.INSTALLER)
    page = site.ask("/system").text
    assert "refused mqtt://***@broker password=***" in page
    assert "hush" not in page + site.ask("/api/v1/logs").text
    assert newest_lines(tmp_path, "report", 0) == []


def test_metrics_tell_figures_to_this_machine_and_to_who_is_signed_in(tmp_path: Path) -> None:
    site = PageSite(tmp_path, hit(1))
    assert site.ask("/metrics").status_code == 401
    text = site.ask("/metrics", address="127.0.0.1").text
    for expected in (
        "watchpost_frames_per_second 10.0",
        "watchpost_watchlist_age_seconds 250.0",
        'watchpost_hits_by_verdict{verdict="not_reviewed"} 1.0',
        'watchpost_process_up{process="report"} 1.0',
        "watchpost_backlog_age_seconds",
    ):
        assert expected in text
    site.sign_in()
    assert site.ask("/metrics").status_code == 200


def test_the_age_of_the_backlog_is_told_in_metrics_api_and_overview(tmp_path: Path) -> None:
    clock = FakeClock()
    log = FakeHitLog(hit(1))
    log.oldest_at = clock.utc() - timedelta(minutes=3)
    site = PageSite(tmp_path, observer=Observer(IDENTITY, tmp_path, log, clock))
    site.sign_in()
    assert "watchpost_backlog_age_seconds 180.0" in site.ask("/metrics").text
    assert json.loads(site.ask("/api/v1/state").text)["counts"]["oldest_at"] is not None
    assert re.search("Oldest waiting.*?3 minutes", site.ask("/").text, re.DOTALL)


def test_a_trial_of_the_broker_is_the_installers_and_leaves_an_audit_line(tmp_path: Path) -> None:
    (tmp_path / "requests").mkdir()
    site = PageSite(tmp_path)
    csrf = site.sign_in().csrf
    assert "Test the broker now" not in site.ask("/system").text
    assert site.ask("/system/broker", {"csrf": csrf}).status_code == 403
    csrf = site.sign_in(Role.INSTALLER).csrf
    assert "Test the broker now" in site.ask("/system").text
    assert site.ask("/system/broker", {"csrf": csrf}).status_code == 303
    assert (tmp_path / "requests" / "broker.json").exists()
    assert site.deeds()[-1] == ("installer", "broker-tried")


@pytest.mark.parametrize(
    ("problem", "tone", "said"),
    [
        ("", "good", "the broker took this box and its credentials in 0.21 s"),
        ("The broker refuses the password.", "failure", "The broker refuses the password."),
    ],
)
def test_what_came_of_a_trial_is_told_until_it_is_old(
    tmp_path: Path, problem: str, tone: str, said: str
) -> None:
    (tmp_path / "requests").mkdir()
    site = PageSite(tmp_path)
    request = tmp_path / "requests" / "broker.json"
    request.write_bytes(b"{}")
    asked_s = NOW.timestamp()
    os.utime(request, (asked_s, asked_s))
    site.sign_in(Role.INSTALLER)
    assert "Trying the broker now" in site.ask("/system").text
    document = {"format": 1, "asked_ns": request.stat().st_mtime_ns, "took_s": 0.21}
    document |= {"ended_at": NOW.isoformat(), "problem": problem, "remedy": "Look."}
    (tmp_path / "broker.json").write_text(json.dumps(document))
    page = site.ask("/system").text
    assert said in page
    assert f'class="trouble {tone}" id="broker-trial"' in page
    site.clock.advance(601)
    site.sign_in(Role.INSTALLER)
    assert said not in site.ask("/system").text


def test_a_trial_that_nobody_answers_is_told(tmp_path: Path) -> None:
    (tmp_path / "requests").mkdir()
    site = PageSite(tmp_path)
    request = tmp_path / "requests" / "broker.json"
    request.write_bytes(b"{}")
    asked_s = NOW.timestamp() - 30
    os.utime(request, (asked_s, asked_s))
    site.sign_in(Role.INSTALLER)
    assert "has not tried the broker" in site.ask("/system").text


def test_the_support_bundle_is_the_installers_and_leaves_an_audit_line(tmp_path: Path) -> None:
    site = PageSite(tmp_path)
    site.sign_in()
    assert site.ask("/system/support-bundle").status_code == 403
    site.sign_in(Role.INSTALLER)
    answer = site.ask("/system/support-bundle")
    assert answer.content == b"a support bundle"
    assert answer.headers["content-type"] == "application/gzip"
    assert "watchpost-support-20260601T120000.tar.gz" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    assert site.deeds()[-1] == ("installer", "support-bundle-made")


def test_first_passwords_that_reached_a_log_are_masked_in_the_log_view(tmp_path: Path) -> None:
    site = PageSite(tmp_path)
    folder = tmp_path / "log"
    folder.mkdir()
    told = "First password of the page at https://box:8087/ for installer: hush-hush-hush"
    (folder / "status.log").write_text(f"2026-06-01 12:00:00,000 INFO edge.x: {told}\n")
    site.sign_in(Role.INSTALLER)
    for path in ("/system", "/api/v1/logs"):
        page = site.ask(path).text
        assert "First password of the page" in page
        assert "hush" not in page
