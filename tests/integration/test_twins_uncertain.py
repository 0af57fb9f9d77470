"""Twins in the register: the demo's Ada is enrolled as two people, from different photos."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.capture.video import VideoFile
from edge.compose import box
from edge.compose.recognise import make_pipeline
from edge.compose.register import PackPhotoReader
from edge.recognise.pack import Pack
from edge.recognise.pipeline import Pipeline
from edge.runtime.setting_tables import CameraSettings, DecisionSettings, Settings
from edge.values import Entry, Floats, Frame, ListInfo, Recognition
from edge.watchlist.gallery import Gallery
from edge.watchlist.listing import Listing
from edge.watchlist.table import table_of_entries
from tests.fakes.clock import START, FakeClock

DATA = Path(__file__).parents[2] / "edge" / "demo" / "data"
ADA_WALKS_S = 3.0  # she has left the picture by then; see people.toml

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pack() -> Pack:
    return box.load("default")


@pytest.fixture(scope="module")
def photos(pack: Pack) -> dict[str, list[Floats]]:
    reader = PackPhotoReader(pack, threads=1)
    return {
        name: [reader.read(p).template for p in sorted((DATA / "photos" / name).glob("*.jpg"))]
        for name in ("ada", "bruno")
    }


def entry(person: str, templates: list[Floats]) -> Entry:
    mean = np.mean(templates, axis=0)
    row = (mean / np.linalg.norm(mean)).astype(np.float32)[None]
    return Entry(f"{person}-1", person, "guests", None, ("*",), START + timedelta(days=30), row)


def clip() -> Iterator[Frame]:
    settings = CameraSettings(source=str(DATA / "clip.mp4"), pace="as-fast-as-possible")
    source = VideoFile(settings, FakeClock())
    source.open()
    try:
        while (frame := source.read()) is not None and frame.t_s < ADA_WALKS_S:
            yield frame
            source.release(frame)
    finally:
        source.close()


def watch(pack: Pack, entries: list[Entry]) -> tuple[list[Recognition], Pipeline]:
    gallery = Gallery("site-1", FakeClock())
    lists = (ListInfo("guests", "Greet our guests by name."),)
    expires = datetime(2027, 1, 1, tzinfo=UTC)
    gallery.replace(
        Listing(1, pack.ref, expires, lists, ("all",)),
        lambda _: table_of_entries(pack.ref, entries),
    )
    asked = Settings(decision=DecisionSettings(report_uncertain=("guests",)))
    pipeline = make_pipeline(asked, pack, gallery)
    found = [one for frame in clip() for one in pipeline.process(frame)]
    for lost in list(pipeline._evidence):
        pipeline._forget(lost)
    return found, pipeline


def test_ada_alone_is_a_hit(pack: Pack, photos: dict[str, list[Floats]]) -> None:
    found, pipeline = watch(pack, [entry("ada", photos["ada"]), entry("bruno", photos["bruno"])])
    assert {one.entry.entry_id for one in found} == {"ada-1"}
    assert pipeline.counts["uncertain"] == 0


def test_a_passage_between_two_look_alikes_of_the_list_is_uncertain_and_never_a_hit(
    pack: Pack, photos: dict[str, list[Floats]]
) -> None:
    ada = photos["ada"]
    twins = [entry("ada", ada[::2]), entry("sibling", ada[1::2])]
    likeness = float(twins[0].templates[0] @ twins[1].templates[0])
    assert likeness > 1 - pack.manifest.decision.margin
    found, pipeline = watch(pack, [*twins, entry("bruno", photos["bruno"])])
    assert found == []
    assert pipeline.counts["uncertain"] >= 1
    assert set(pipeline.uncertain_by_list) == {"guests"}
