"""What a detection measurement says, for people and as JSON.

In: counts of found faces and of detections where no face is. Out: text lines or one JSON object.
Always: numbers only; a picture is told by its place in the order of names, never by its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from edge.eval.canvas import Size
from edge.eval.detect import SMALLEST_PX, FalseAlarms, Found, Recall

SELF_TRUTH = (
    "The truth is what this same detector finds in the photos as they are, so faces that it "
    "never finds do not count; give --truth to measure against marked faces."
)
MARKED_TRUTH = "Sizes are those at the detector's input, after the picture was fitted to it."


@dataclass(frozen=True, slots=True)
class DetectReport:
    """A finished detection measurement.

    Attributes:
        pack: ``id@version``.
        seed: of places and backgrounds.
        canvas: width and height of the canvases; None when measured against a truth file.
        found: the faces.
        alarms: the face-free pictures, or None.
        listed: whether to tell which pictures had detections, by number.
    """

    pack: str
    seed: int
    canvas: Size | None
    found: Found
    alarms: FalseAlarms | None
    listed: bool

    def as_json(self) -> dict[str, Any]:
        """The whole report."""
        found = self.found
        return {
            "schema": 1,
            "pack": self.pack,
            "seed": self.seed,
            "truth": "file" if self.canvas is None else "this detector on the photos as they are",
            "canvas_px": None if self.canvas is None else list(self.canvas),
            "pictures": found.pictures,
            "unreadable": found.unreadable,
            "no_reference": found.no_reference,
            "under_8_px": found.too_small,
            "recall": {
                light: {str(size): _cell(one) for size, one in recalls.items() if one.of}
                for light, recalls in (("light", found.light), ("dark", found.dark))
                if recalls
            },
            "unmatched": self._unmatched(),
            "false_positives": self._alarms(),
            "note": self._note(),
        }

    def lines(self) -> list[str]:
        """The report for people."""
        found = self.found
        rows = [
            f"Pack {self.pack}; seed {self.seed}. {found.pictures} pictures, "
            f"{found.unreadable} unreadable."
        ]
        if self.canvas is not None:
            rows.append(
                f"Pasted on canvases of {self.canvas[0]}x{self.canvas[1]}; "
                f"{found.no_reference} photos without a face to go by were left out."
            )
        rows.append("px between the eyes" + "".join(f"{size:>16}" for size in found.light))
        rows.append(f"{'recall, light':19}" + _cells(found.light.values()))
        if found.dark:
            rows.append(f"{'recall, dark':19}" + _cells(found.dark.values()))
        return [*rows, *self._alarm_lines(), self._note()]

    def _note(self) -> str:
        return MARKED_TRUTH if self.canvas is None else SELF_TRUTH

    def _alarms(self) -> dict[str, Any] | None:
        alarms = self.alarms
        if alarms is None:
            return None
        tree: dict[str, Any] = {
            "pictures": alarms.pictures,
            "unreadable": alarms.unreadable,
            "detections": alarms.detections,
            "per_picture": alarms.detections / max(1, alarms.pictures),
            "pictures_by_detections": {str(n): c for n, c in alarms.histogram().items()},
        }
        if self.listed:
            tree["detections_by_picture_number"] = {
                str(number): count for number, count in alarms.by_picture.items()
            }
        return tree

    def _unmatched(self) -> dict[str, Any] | None:
        if self.found.unmatched is None:
            return None
        pictures = self.found.pictures - self.found.unreadable
        return {
            "detections": self.found.unmatched,
            "per_picture": self.found.unmatched / max(1, pictures),
        }

    def _alarm_lines(self) -> list[str]:
        rows, unmatched, alarms = [], self._unmatched(), self._alarms()
        if unmatched is not None:
            rows.append(
                f"Detections at none of the marked faces: {unmatched['detections']}, "
                f"{unmatched['per_picture']:.4f} a picture; marked faces under "
                f"{SMALLEST_PX:g} px, not counted: {self.found.too_small}."
            )
        if alarms is None:
            return [*rows, "False positives: give --backgrounds with face-free pictures."]
        rows.append(
            f"False positives: {alarms['detections']} in {alarms['pictures']} face-free "
            f"pictures, {alarms['per_picture']:.4f} a picture."
        )
        by_number = alarms.get("detections_by_picture_number", {})
        return rows + [f"  picture {number}: {count}" for number, count in by_number.items()]


def _cell(one: Recall) -> dict[str, Any]:
    return {
        "faces": one.of,
        "found": one.found,
        "recall": one.found / one.of,
        "upsampled": one.upsampled,
    }


def _cells(recalls: Iterable[Recall]) -> str:
    return "".join(
        f"{f'{one.found / one.of:.3f} of {one.of}' if one.of else '-':>16}" for one in recalls
    )
