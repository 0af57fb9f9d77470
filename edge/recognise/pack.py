"""A model pack: its manifest, read and checked, and its files, verified.

In: a folder with ``manifest.toml``. Out: a frozen :class:`Pack`. Always: every model file
has the SHA-256 that the manifest states and lies inside the packs' folder. Whether the models
have the stated shapes is checked when they are loaded (``interpreter.py``).
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from edge.errors import PackError
from edge.recognise.calibration import Calibration as Calibration

MAX_MANIFEST_BYTES = 64 * 1024
MAX_MODEL_BYTES = 512 * 1024 * 1024
_LEAST_REGION = 0.1  # of a chip's side

Side = Annotated[int, Field(ge=16, le=4096)]
Stride = Annotated[int, Field(ge=1, le=256)]
Point = tuple[float, float]
Part = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PackInfo(_Table):
    """Which pack this is."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    title: str
    licence: str


class DetectorInput(_Table):
    """What picture the detector takes: real value = (pixel - mean) / std."""

    width: Side
    height: Side
    channels: Literal[1, 3]
    colour: Literal["luma", "rgb"]
    fit: Literal["letterbox", "stretch"]
    dtype: Literal["int8", "uint8", "float32"]
    mean: float
    std: Annotated[float, Field(gt=0)]


class AnchorLayer(_Table):
    """One grid of anchors of a BlazeFace-like detector."""

    grid: Annotated[int, Field(ge=1, le=512)]
    per_cell: Annotated[int, Field(ge=1, le=16)]


class DetectorDecode(_Table):
    """How the detector's outputs become faces; which keys count depends on the decoder."""

    strides: Annotated[tuple[Stride, ...], Field(max_length=8)] = ()
    landmarks: Annotated[int, Field(ge=5, le=16)] = 5
    landmark_order: tuple[str, ...] = ()
    anchors: Annotated[tuple[AnchorLayer, ...], Field(max_length=8)] = ()


class SecondLookLimits(_Table):
    """When a find is looked at again, closer, and what it then needs (``second_look.py``)."""

    sure: Annotated[float, Field(gt=0, lt=1)]
    needed: Annotated[float, Field(gt=0, lt=1)]
    enlarge: Annotated[float, Field(ge=1, le=8)]


class FileTable(_Table):
    """A file, and where it comes from."""

    file: str
    sha256: Sha256
    source: str
    licence: str


class DetectorManifest(FileTable):
    """The detector's part of a manifest."""

    decoder: Literal["stride-grid", "blazeface"]
    score_threshold: Annotated[float, Field(gt=0, lt=1)]
    nms_iou: Annotated[float, Field(gt=0, lt=1)]
    max_faces: Annotated[int, Field(ge=1, le=1000)]
    input: DetectorInput
    decode: DetectorDecode
    second_look: SecondLookLimits | None = None


class EmbedderInput(_Table):
    """What chip the embedder takes: real value = (pixel - mean) / std, per channel."""

    width: Side
    height: Side
    channels: Literal[3]
    colour: Literal["rgb"]
    dtype: Literal["int8", "uint8", "float32"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class EmbedderManifest(FileTable):
    """The embedder's part of a manifest."""

    dimensions: Annotated[int, Field(ge=16, le=4096)]
    metric: Literal["cosine"]
    mirror: bool
    template: tuple[Point, Point, Point, Point, Point]
    input: EmbedderInput


class QualityLimits(_Table):
    """Limits under which a look is not used; see :class:`edge.values.Quality` for the units."""

    min_inter_eye_px: Annotated[float, Field(ge=4)]
    full_inter_eye_px: Annotated[float, Field(ge=4)]
    min_sharpness: Annotated[float, Field(ge=0)]
    min_brightness: Annotated[float, Field(ge=0, le=255)]
    max_brightness: Annotated[float, Field(ge=0, le=255)]
    min_contrast: Annotated[float, Field(ge=0, le=127)]
    max_yaw: Annotated[float, Field(gt=0)]
    max_roll_deg: Annotated[float, Field(gt=0, le=180)]
    # Where in the chip pixels are measured: left, top, right, bottom, as parts of its sides.
    region: tuple[Part, Part, Part, Part] = (0.2, 0.2, 0.8, 0.85)

    @model_validator(mode="after")
    def _region_has_an_inside(self) -> QualityLimits:
        left, top, right, bottom = self.region
        if right - left < _LEAST_REGION or bottom - top < _LEAST_REGION:
            raise ValueError("quality.region is left, top, right, bottom, a tenth apart at least")
        return self


class CohortManifest(FileTable):
    """Mixtures of people that tell how common a face is (``cohort.py`` for the formula)."""

    nearest: Annotated[int, Field(ge=1, le=1000)]
    weight: Annotated[float, Field(gt=0, le=1)]
    level: Annotated[float, Field(ge=-1, le=1)]


class DecisionManifest(_Table):
    """When fused looks are a hit."""

    threshold: Annotated[float, Field(ge=0, le=1)]
    margin: Annotated[float, Field(ge=0, le=1)]
    min_frames: Annotated[int, Field(ge=3, le=100)]
    max_looks: Annotated[int, Field(ge=3, le=1000)]
    same_face: Annotated[float, Field(ge=-1, le=1)]
    # Within these the threshold may follow a number of false alarms a week.
    floor: Annotated[float, Field(ge=0, le=1)] = 0.0
    ceiling: Annotated[float, Field(ge=0, le=1)] = 1.0

    @model_validator(mode="after")
    def _in_order(self) -> DecisionManifest:
        if not self.floor <= self.threshold <= self.ceiling:
            raise ValueError("decision.threshold lies outside floor and ceiling")
        return self


class PresenceLimits(_Table):
    """What a track has to show for lists that demand presence (``presence.py`` for the units)."""

    min_sightings: Annotated[int, Field(ge=4, le=64)]
    min_span_s: Annotated[float, Field(ge=0, le=60)]
    min_depth: Annotated[float, Field(ge=0, le=1)]
    max_edge: Annotated[float, Field(gt=0)]


class Manifest(_Table):
    """A whole manifest, schema 1."""

    schema_: Annotated[Literal[1], Field(alias="schema")]
    pack: PackInfo
    detector: DetectorManifest
    embedder: EmbedderManifest
    cohort: CohortManifest | None = None
    quality: QualityLimits
    decision: DecisionManifest
    calibration: Calibration
    presence: PresenceLimits | None = None

    @model_validator(mode="after")
    def _decoder_has_its_keys(self) -> Manifest:
        decode, kind = self.detector.decode, self.detector.decoder
        if kind == "stride-grid" and not decode.strides:
            raise ValueError("decoder stride-grid needs detector.decode.strides")
        if kind == "blazeface" and not decode.anchors:
            raise ValueError("decoder blazeface needs detector.decode.anchors")
        luma = kind == "stride-grid" and self.detector.input.colour == "luma"
        if self.detector.second_look and not luma:
            raise ValueError("detector.second_look needs decoder stride-grid and luma")
        return self


class Pack:
    """A verified pack.

    Attributes:
        folder: where it lies.
        manifest: what it states.
        detector_file: the verified detector model.
        embedder_file: the verified embedder model.
        cohort_file: the verified cohort; None when the pack has none.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self.detector_file = folder / manifest.detector.file
        self.embedder_file = folder / manifest.embedder.file
        self.cohort_file = folder / manifest.cohort.file if manifest.cohort else None

    @property
    def parts(self) -> dict[str, Path]:
        """The files beside the manifest by the manifest's table, verified with the pack."""
        made = {"detector": self.detector_file, "embedder": self.embedder_file}
        return made | {"cohort": self.cohort_file} if self.cohort_file else made

    def stated(self, part: str) -> FileTable:
        """The manifest's table for one of :attr:`parts`."""
        return cast(FileTable, getattr(self.manifest, part))

    @property
    def ref(self) -> str:
        """``id@version``, as watchlists and hits name a pack."""
        return f"{self.manifest.pack.id}@{self.manifest.pack.version}"


def load_pack(folder: Path) -> Pack:
    """Read a pack's manifest and verify its files.

    Raises:
        PackError: the manifest or a model is missing, damaged or out of bounds.
    """
    pack = Pack(folder, _read_manifest(folder / "manifest.toml"))
    allowed = folder.resolve().parent
    for part, path in pack.parts.items():
        if not path.resolve().is_relative_to(allowed):
            raise PackError(
                f"{folder}/manifest.toml names {path}, outside the packs' folder.",
                "Put the model file into the pack's folder.",
            )
        _verify(path, pack.stated(part).sha256)
    return pack


def _read_manifest(path: Path) -> Manifest:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_MANIFEST_BYTES + 1)
    except OSError as error:
        raise PackError(
            f"There is no model pack at {path.parent} ({error.strerror}).",
            "Set pack.name to a bundled pack (default, blazeface) or to the path of one.",
        ) from error
    if len(raw) > MAX_MANIFEST_BYTES:
        raise PackError(f"{path} is larger than {MAX_MANIFEST_BYTES} bytes.", "Check the manifest.")
    try:
        return Manifest.model_validate(tomllib.loads(raw.decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PackError(f"{path} is not valid TOML: {error}.", "Correct that line.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the manifest"
        raise PackError(
            f"{path}: {where}: {first['msg'].lower()}.",
            "See models/README.md for what a manifest holds.",
        ) from error


def _verify(path: Path, expected: str) -> None:
    try:
        if path.stat().st_size > MAX_MODEL_BYTES:
            raise PackError(f"{path} is larger than {MAX_MODEL_BYTES} bytes.", "Check the file.")
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PackError(
            f"The model file {path} cannot be read ({error.strerror}).",
            "Install the pack again.",
        ) from error
    if found != expected:
        raise PackError(
            f"The model file {path} is damaged: its SHA-256 is {found[:12]}…, "
            f"the manifest states {expected[:12]}….",
            "Install the pack again.",
        )
