"""Pixels leave the pipeline only with a match whose list asks for a picture of it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import cv2
import numpy as np

from edge.recognise.pipeline import Pipeline
from edge.values import Candidate, Floats, Recognition
from tests.fakes.packs import manifest
from tests.unit.recognise.test_pipeline import (
    ADA,
    RULES,
    STRANGER,
    ScriptedDetector,
    ScriptedEmbedder,
    TwoPeople,
    face,
    frame,
)


class PicturedVip(TwoPeople):
    """The same people; the list "vip" keeps pictures."""

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        return [
            tuple(
                replace(
                    one,
                    entries=tuple(
                        replace(entry, keep_picture=entry.list_id == "vip") for entry in one.entries
                    ),
                )
                for one in found
            )
            for found in super().search(probes)
        ]


def seen(gallery: TwoPeople, template: Floats) -> list[Recognition]:
    script = [(face(100 + 10 * i),) for i in range(6)]
    pipeline = Pipeline(
        ScriptedDetector(script),
        ScriptedEmbedder([template] * 6),
        gallery,
        manifest(),
        RULES,
        track_timeout_s=1.0,
        now_s=itertools.count().__next__,
    )
    return [one for index in range(6) for one in pipeline.process(frame(index))]


def test_by_default_no_recognition_carries_a_picture() -> None:
    assert [one.picture for one in seen(TwoPeople(), ADA)] == [None, None]


def test_only_the_hit_of_the_list_that_asks_carries_the_face_and_nothing_around_it() -> None:
    staff, vip = seen(PicturedVip(), ADA)
    assert (staff.entry.list_id, vip.entry.list_id) == ("staff", "vip")
    assert staff.picture is None
    assert vip.picture is not None
    image = cv2.imdecode(np.frombuffer(vip.picture, np.uint8), cv2.IMREAD_COLOR)
    size = manifest().embedder.input
    assert image.shape == (size.height, size.width, 3)


def test_a_stranger_leaves_no_picture_whatever_the_lists_ask() -> None:
    assert seen(PicturedVip(), STRANGER) == []
