"""The way a frame goes: look or not, detect, track, align, quality, embed, fuse, match, decide.

In: a frame. Out: recognitions, usually none. Always: the frame is only read, nothing of it is
kept, and a face that matches nobody leaves nothing but counters. Capture, storage and time
are others' work: the stage clock is handed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from edge.recognise.align import Aligner
from edge.recognise.attention import Attention, Savings
from edge.recognise.decide import (
    Alerts,
    Outcome,
    Rules,
    Signal,
    judge,
    near_presence,
    probability,
)
from edge.recognise.evidence import Evidence
from edge.recognise.face_picture import face_jpeg
from edge.recognise.pack import Manifest
from edge.recognise.ports import Detector, Embedder, Gallery
from edge.recognise.presence import Presence
from edge.recognise.quality import flaw_of, foreseen
from edge.recognise.stages import StageTimes
from edge.recognise.track import Sighting, Tracker
from edge.values import Bytes, Detection, EntryRef, Frame, Recognition, Verdict
from edge.values.preview import SeenFace

_COUNTED = (
    *("frames", "spared", "faces", "tracks", "looks", "hits", "splits"),
    *("unknown", "uncertain"),
)
_CHECK_EVERY_S = 2.0  # a track that needs no more looks is checked to be the same face still


@dataclass(frozen=True, slots=True)
class _Look:
    sighting: Sighting
    chip: Bytes
    weight: float


class Pipeline:
    """Recognises the faces of one camera.

    Args:
        detector: finds faces.
        embedder: makes templates.
        gallery: searches the active watchlist.
        manifest: the pack's limits and calibration.
        rules: when a track becomes a hit.
        track_timeout_s: a track not seen for longer is lost, seconds.
        now_s: steady clock for stage times, seconds.
        savings: what may be left out.

    Attributes:
        looked: whether faces were looked for in the last frame.
        times: what the stages took, for figures.
        counts: totals since start, for figures; ``spared`` are frames in which no faces were
            looked for, ``unknown`` are tracks that ended with enough
            looks and without a hit, ``uncertain`` those of them that ended between two people
            of a list that asked to hear of it.
        uncertain_by_list: the latter by list.
        withheld: tracks that ended with a match withheld from a list that demands presence, by
            :class:`edge.recognise.presence.Reason`; they count neither as unknown nor as hits.
    """

    def __init__(
        self,
        detector: Detector,
        embedder: Embedder,
        gallery: Gallery,
        manifest: Manifest,
        rules: Rules,
        track_timeout_s: float,
        now_s: Callable[[], float],
        savings: Savings | None = None,
    ) -> None:
        self._detector = detector
        self._embedder = embedder
        self._gallery = gallery
        self._manifest = manifest
        self._rules = rules
        self._aligner = Aligner(manifest.embedder)
        self._tracker = Tracker(track_timeout_s)
        self._alerts = Alerts(rules.re_alert_s)
        self._savings = savings or Savings()
        self._attention = Attention(self._savings)
        self._evidence: dict[int, Evidence] = {}
        self._sightings: list[Sighting] = []
        self.looked = False
        self.times = StageTimes(now_s)
        self.counts = dict.fromkeys(_COUNTED, 0)
        self.uncertain_by_list: Counter[str] = Counter()
        self.withheld: Counter[str] = Counter()

    def process(self, frame: Frame, *, watched: bool = False) -> list[Recognition]:
        """Take one frame all the way.

        Args:
            frame: the frame.
            watched: faces must be looked for, as the frame is about to be shown to somebody.
        """
        self.counts["frames"] += 1
        with self.times.stage("gate"):
            self.looked = self._worth_a_look(frame) or watched
        if not self.looked:
            self._sightings = []
            self.counts["spared"] += 1
            return []
        self._attention.looked_s = frame.t_s
        with self.times.stage("detect"):
            detections = self._detector.detect(frame)
        with self.times.stage("track"):
            self._sightings = sightings = self._follow(frame, detections)
        self._watch(frame, sightings)
        with self.times.stage("align"):
            looks = [look for one in sightings if (look := self._look(frame, one))]
        with self.times.stage("embed"):
            usable = self._fuse(frame, looks)
        with self.times.stage("match"):
            found = self._decide(frame, usable)
        self.counts["faces"] += len(detections)
        self.counts["hits"] += len(found)
        return found

    def retune(self, thresholds: tuple[tuple[int, float], ...]) -> None:
        """Decide by these from now on: (looks, similarity needed), fewest looks first."""
        self._rules = replace(self._rules, threshold=thresholds[0][1], by_looks=thresholds)

    def seen(self) -> tuple[SeenFace, ...]:
        """The faces followed in the last frame, and where their decisions stand."""
        known = [(one, self._evidence.get(one.track.number)) for one in self._sightings]
        return tuple(
            SeenFace(one.track.number, one.detection, evidence.verdict, evidence.flaw)
            for one, evidence in known
            if evidence is not None
        )

    @property
    def suppressed_total(self) -> int:
        """Hits held back because the same entry was reported a short time ago."""
        return self._alerts.suppressed_total

    def _worth_a_look(self, frame: Frame) -> bool:
        missed = any(one.last_t_s != self._attention.looked_s for one in self._tracker.tracks)
        return self._attention.wants(
            frame,
            followed=bool(self._evidence),
            open_tracks=missed or any(one.open for one in self._evidence.values()),
        )

    def _follow(self, frame: Frame, detections: tuple[Detection, ...]) -> list[Sighting]:
        sightings, lost = self._tracker.update(frame, detections)
        for track in lost:
            self._forget(track.number)
        for one in sightings:
            if one.track.number not in self._evidence:
                self._begin(one)
        return sightings

    def _begin(self, sighting: Sighting) -> None:
        self._evidence[sighting.track.number] = Evidence(self._rules.max_looks)
        self.counts["tracks"] += 1

    def _forget(self, number: int) -> None:
        evidence = self._evidence.pop(number, None)
        if evidence is None:
            return
        if evidence.withheld:
            self.withheld[evidence.withheld] += 1
        elif evidence.verdict is not Verdict.HIT and evidence.looks >= self._rules.min_frames:
            self.counts["unknown"] += 1
        asked = evidence.leaning & self._rules.uncertain_lists
        if evidence.verdict is Verdict.UNCERTAIN and asked:
            self.counts["uncertain"] += 1
            self.uncertain_by_list.update(asked)
        evidence.advance(Signal.GONE)

    def _watch(self, frame: Frame, sightings: list[Sighting]) -> None:
        """Take note of what shows presence, for tracks that may match a list demanding it."""
        for one in sightings:
            evidence = self._evidence[one.track.number]
            if evidence.presence is not None and not evidence.settled:
                with self.times.stage("presence"):
                    evidence.presence.observe(frame, one.detection)

    def _look(self, frame: Frame, sighting: Sighting) -> _Look | None:
        """The chip of a sighting that can still change its track's decision, or is to check it."""
        evidence = self._evidence[sighting.track.number]
        due = abs(frame.t_s - evidence.last_look_s) >= _CHECK_EVERY_S
        wanted = due or not self._savings.needed_looks
        if evidence.settled and not wanted:
            return None
        flaw, weight = foreseen(sighting.detection, self._manifest.quality)
        if not flaw:
            if not (wanted or evidence.wants(weight)):
                return None
            chip = self._aligner.chip(frame, sighting.detection.landmarks)
            flaw = flaw_of(chip, self._manifest.quality)
        evidence.note(flaw)
        if flaw:
            evidence.advance(Signal.SEEN)
            return None
        return _Look(sighting, chip, weight)

    def _fuse(self, frame: Frame, looks: list[_Look]) -> list[Sighting]:
        """Embed looks and add each to its track's evidence; returns what is now to be decided."""
        if not looks:
            return []
        self.counts["looks"] += len(looks)
        templates = self._embedder.embed([look.chip for look in looks])
        added = []
        for look, template in zip(looks, templates, strict=True):
            sighting = look.sighting
            evidence = self._evidence[sighting.track.number]
            if not evidence.agrees(template, self._manifest.decision.same_face):
                sighting = self._split(sighting, frame)
                evidence = self._evidence[sighting.track.number]
            evidence.last_look_s = frame.t_s
            if evidence.wants(look.weight):
                evidence.add(template, look.weight)
                added.append(sighting)
            elif evidence.withheld:
                added.append(sighting)  # nothing new of who it is, but maybe of presence
            else:
                evidence.advance(Signal.SEEN)
        return added

    def _split(self, sighting: Sighting, frame: Frame) -> Sighting:
        """Two people were taken for one track: begin afresh with what is seen now."""
        fresh, old = self._tracker.split(sighting, frame)
        before = self._evidence[old.number]
        if before.verdict is Verdict.EVIDENCE and before.leaning:
            before.advance(Signal.CONFLICT)
        self._forget(old.number)
        self._begin(fresh)
        self.counts["splits"] += 1
        return fresh

    def _decide(self, frame: Frame, sightings: list[Sighting]) -> list[Recognition]:
        if not sightings:
            return []
        evidence = [self._evidence[one.track.number] for one in sightings]
        results = self._gallery.search(np.stack([each.fused() for each in evidence]))
        found: list[Recognition] = []
        for one, gathered, candidates in zip(sightings, evidence, results, strict=True):
            outcome = judge(candidates, gathered.looks, self._rules)
            if gathered.presence is None and near_presence(candidates, gathered.looks, self._rules):
                gathered.presence = Presence(self._manifest.presence)
                gathered.presence.observe(frame, one.detection)
            outcome = gathered.if_present(outcome)
            if gathered.verdict is Verdict.HIT and outcome.signal is not Signal.MATCH:
                gathered.advance(Signal.SEEN)
                continue
            gathered.leaning = outcome.leaning
            gathered.advance(outcome.signal)
            if gathered.verdict is Verdict.HIT:
                found += self._recognitions(frame, one, gathered.looks, outcome)
        return found

    def _recognitions(
        self, frame: Frame, sighting: Sighting, looks: int, outcome: Outcome
    ) -> list[Recognition]:
        return [
            Recognition(
                camera=frame.camera,
                track=sighting.track.number,
                entry=entry,
                probability=probability(outcome.score, self._manifest.calibration),
                score=outcome.score,
                threshold=self._rules.needed(looks),
                margin=outcome.margin,
                frames=looks,
                first_seen=sighting.track.first_seen,
                last_seen=frame.taken_at,
                frame_index=frame.index,
                box=sighting.detection.box,
                picture=self._picture(frame, sighting, entry),
            )
            for entry in outcome.entries
            if self._alerts.admit(entry, frame.t_s)
        ]

    def _picture(self, frame: Frame, sighting: Sighting, entry: EntryRef) -> bytes | None:
        """The one way in which pixels leave the pipeline: of a match whose list asks for it."""
        if not entry.keep_picture:
            return None
        return face_jpeg(self._aligner.chip(frame, sighting.detection.landmarks))
