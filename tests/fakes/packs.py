"""Manifest parts for unit tests that need no model files."""

from __future__ import annotations

from edge.recognise.pack import EmbedderManifest, Manifest, QualityLimits

EMBEDDER = EmbedderManifest.model_validate(
    {
        "file": "embedder.tflite",
        "sha256": "0" * 64,
        "source": "a test",
        "licence": "CC0-1.0",
        "dimensions": 128,
        "metric": "cosine",
        "mirror": True,
        "template": ((47.4, 48.6), (101.4, 48.8), (74.3, 80.2), (50.5, 105.3), (97.6, 105.2)),
        "input": {
            "width": 150,
            "height": 150,
            "channels": 3,
            "colour": "rgb",
            "dtype": "int8",
            "mean": (0.0, 0.0, 0.0),
            "std": (1.0, 1.0, 1.0),
        },
    }
)

LIMITS = QualityLimits(
    min_inter_eye_px=18,
    full_inter_eye_px=40,
    min_sharpness=0.1,
    min_brightness=25,
    max_brightness=235,
    min_contrast=8,
    max_yaw=0.6,
    max_roll_deg=45,
)


def manifest() -> Manifest:
    """A whole manifest over files that do not exist."""
    return Manifest.model_validate(
        {
            "schema": 1,
            "pack": {"id": "fake", "version": "1.0.0", "title": "A fake", "licence": "CC0-1.0"},
            "detector": {
                "file": "detector.tflite",
                "sha256": "0" * 64,
                "source": "a test",
                "licence": "CC0-1.0",
                "decoder": "stride-grid",
                "score_threshold": 0.5,
                "nms_iou": 0.4,
                "max_faces": 10,
                "input": {
                    "width": 640,
                    "height": 384,
                    "channels": 1,
                    "colour": "luma",
                    "fit": "letterbox",
                    "dtype": "int8",
                    "mean": 128.0,
                    "std": 128.0,
                },
                "decode": {"strides": (8, 16, 32)},
            },
            "embedder": EMBEDDER.model_dump(),
            "quality": LIMITS.model_dump(),
            "decision": {
                "threshold": 0.95,
                "margin": 0.02,
                "min_frames": 3,
                "max_looks": 10,
                "same_face": 0.8,
            },
            "calibration": {"slope": 466.0, "offset": -448.0, "source": "a test"},
        }
    )
