"""Limited and full range through real encoders, files and decoders."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from edge.capture.video import VideoFile
from edge.runtime.setting_tables import CameraSettings
from tests.fakes.clips import bars, make_clip
from tests.fakes.clock import FakeClock

TV, PC = 1, 2
COLUMNS = [8, 24, 40, 56]


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize(
    ("stated", "full_range", "shown"),
    [
        # What an eye sees of luma 16, 90, 165, 235: (Y - 16) * 255 / 219 in limited range.
        (TV, False, [0, 86, 173, 255]),
        (PC, True, [16, 90, 165, 235]),
    ],
)
def test_the_flag_and_the_values_agree_with_what_ffmpeg_shows(
    tmp_path: Path, codec: str, stated: int, full_range: bool, shown: list[int]
) -> None:
    path = tmp_path / "bars.mp4"
    options = {"preset": "ultrafast", "crf": "1"}
    make_clip(path, codec=codec, color_range=stated, colorspace=1, luma=bars, options=options)
    settings = CameraSettings(source=str(path), pace="as-fast-as-possible")
    source = VideoFile(settings, FakeClock())
    source.open()
    frame = source.read()
    assert frame is not None
    assert (frame.full_range, frame.matrix) == (full_range, "bt709")
    luma = frame.y[24, COLUMNS].astype(float)
    assert luma == pytest.approx([16, 90, 165, 235], abs=2)
    stretched = luma if frame.full_range else np.clip((luma - 16) * 255 / 219, 0, 255)
    assert stretched == pytest.approx(shown, abs=3)
    with av.open(path) as container:
        rgb = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert rgb[24, COLUMNS, 1] == pytest.approx(stretched, abs=3)
