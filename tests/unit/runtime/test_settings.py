"""Settings are checked whole before anything starts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.runtime.settings import MAX_FILE_BYTES, load_settings


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "watchpost.toml"
    path.write_text(text)
    return path


def test_without_a_file_the_defaults_hold() -> None:
    settings = load_settings(None, {})
    assert settings.status.host == "127.0.0.1"
    assert settings.clock.trust == "synchronised"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("'90s'", 90), ("'5m'", 300), ("'2h'", 7200), ("'500ms'", 0.5), ("45", 45), ("'7d'", 604800)],
)
def test_durations_are_written_with_their_unit(tmp_path: Path, text: str, seconds: float) -> None:
    path = write(tmp_path, f"[decision]\nre_alert_interval = {text}")
    assert load_settings(path, {}).decision.re_alert_interval == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[mqtt]\nhots = 'x'", r"Did you mean mqtt\.host\?"),
        ("[camra]\nname = 'x'", r"Did you mean camera\?"),
        ("[decision]\ntreshold = 0.9", r"Did you mean decision\.threshold\?"),
    ],
)
def test_an_unknown_setting_is_refused_with_a_suggestion(
    tmp_path: Path, text: str, hint: str
) -> None:
    with pytest.raises(ConfigError, match=hint):
        load_settings(write(tmp_path, text), {})


@pytest.mark.parametrize(
    "text",
    [
        "[mqtt]\nport = 70000",
        "[decision]\nmin_frames = 2",
        "[box]\nid = 'Has Spaces'",
        "[camera]\nframes_per_s = 0",
        "[clock]\ntrust = 'never'",
        "mqtt = 5",
        "[decision]\nre_alert_interval = '5 seconds or so'",
    ],
)
def test_a_value_out_of_its_range_is_refused_and_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="is not usable"):
        load_settings(write(tmp_path, text), {})


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "[mqtt]\nhost = 'one'\nport = 1")
    settings = load_settings(path, {"WATCHPOST_MQTT__HOST": "two", "OTHER": "x"})
    assert (settings.mqtt.host, settings.mqtt.port) == ("two", 1)


def test_an_unknown_override_is_refused_too() -> None:
    with pytest.raises(ConfigError, match=r"mqtt\.hosst"):
        load_settings(None, {"WATCHPOST_MQTT__HOSST": "two"})


def test_a_variable_that_is_no_setting_is_refused_and_shown_how() -> None:
    with pytest.raises(ConfigError, match="two underscores"):
        load_settings(None, {"WATCHPOST_MQTT_HOST": "two"})
    load_settings(None, {"WATCHPOST_CONFIG": "x", "WATCHPOST_PASSPHRASE": "y"})


def test_relative_paths_mean_beside_the_file(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, "[box]\nstate_dir = 'state'"), {})
    assert settings.box.state_dir == tmp_path / "state"


@pytest.mark.parametrize("table", ["camera", "watchlist"])
def test_a_relative_source_means_beside_the_file_and_an_address_stays(
    tmp_path: Path, table: str
) -> None:
    def source(text: str) -> str:
        settings = load_settings(write(tmp_path, f"[{table}]\nsource = '{text}'"), {})
        return str(getattr(settings, table).source)

    assert source("a/b.mp4") == str(tmp_path / "a" / "b.mp4")
    for same in ("/a/b.mp4", "rtsp://host/cam", "https://host/list", "picamera2"):
        assert source(same) == same


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        load_settings(tmp_path / "absent.toml", {})
    assert "--config" in caught.value.remedy


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 2"):
        load_settings(write(tmp_path, "[box]\nid = = 1"), {})


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="larger than"):
        load_settings(write(tmp_path, "#" * (MAX_FILE_BYTES + 1)), {})


def test_the_annotated_example_is_usable_and_names_every_setting() -> None:
    example = Path(__file__).parents[3] / "firmware_config" / "watchpost.example.toml"
    settings = load_settings(example, {})
    text = example.read_text()
    assert "[[cameras]]" in text
    for table, values in settings:
        if table == "cameras":
            continue
        assert f"[{table}]" in text
        for key in type(values).model_fields:
            assert f"{key} =" in text, f"{table}.{key} is missing from the example"


def test_a_fixed_threshold_and_a_false_alarm_budget_exclude_each_other(tmp_path: Path) -> None:
    both = "[decision]\nthreshold = 0.97\nfalse_alarms_per_week = 1"
    with pytest.raises(ConfigError, match="threshold or false_alarms_per_week, not both"):
        load_settings(write(tmp_path, both), {})


def test_lists_may_be_given_in_the_environment_with_commas() -> None:
    settings = load_settings(None, {"WATCHPOST_DECISION__REPORT_UNCERTAIN": "staff,guests"})
    assert settings.decision.report_uncertain == ("staff", "guests")


TWO_CAMERAS = """
[[cameras]]
name = "door"
source = "door.mp4"
[[cameras]]
name = "yard"
source = "rtsp://yard/1"
share = 2.0
"""


def test_a_box_has_one_camera_or_several(tmp_path: Path) -> None:
    assert [one.name for one in load_settings(None, {}).all_cameras] == ["camera-1"]
    several = load_settings(write(tmp_path, TWO_CAMERAS), {}).all_cameras
    assert [(one.name, one.share) for one in several] == [("door", 1.0), ("yard", 2.0)]
    assert several[0].source == str(tmp_path / "door.mp4")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("[camera]\nname = 'x'", "not both"),
        ("[[cameras]]\nname = 'door'", "a name of its own"),
        ("[[cameras]]\nname = 'a'\n[[cameras]]\nname = 'b'", "only one of"),
    ],
)
def test_cameras_that_cannot_be_told_apart_are_refused(
    tmp_path: Path, more: str, reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        load_settings(write(tmp_path, f"{TWO_CAMERAS}\n{more}"), {})
