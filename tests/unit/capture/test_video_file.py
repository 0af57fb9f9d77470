"""Playing a video file: times, pace, loops, damage."""

from __future__ import annotations

import contextlib
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest

from edge.capture.decode import MAX_DAMAGED
from edge.capture.video import VideoFile
from edge.errors import CaptureError, FrameFormatError, SourceMissing
from edge.runtime.setting_tables import CameraSettings
from edge.values import Frame
from tests.fakes.clips import filled, make_clip
from tests.fakes.clock import START, FakeClock


def player(path: Path, clock: FakeClock | None = None, **more: Any) -> VideoFile:
    given = {"pace": "as-fast-as-possible"} | more
    clock = clock or FakeClock()
    return VideoFile(CameraSettings(source=str(path), **given), clock, wait=clock.advance)


def opened(path: Path, clock: FakeClock | None = None, **more: Any) -> VideoFile:
    source = player(path, clock, **more)
    source.open()
    return source


def all_frames(source: VideoFile) -> list[Frame]:
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    return frames


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    make_clip(path, pictures=12)
    return path


def test_every_picture_comes_once_with_its_number_time_and_luma(clip: Path) -> None:
    frames = all_frames(opened(clip))
    assert [f.index for f in frames] == list(range(12))
    assert [f.t_s for f in frames] == pytest.approx([n / 10 for n in range(12)])
    assert [f.taken_at for f in frames] == [START + timedelta(seconds=f.t_s) for f in frames]
    assert [float(f.y.mean()) for f in frames] == pytest.approx(
        [20 + 4 * n for n in range(12)], abs=1.5
    )


def test_real_time_takes_as_long_as_the_film(clip: Path) -> None:
    clock = FakeClock()
    all_frames(opened(clip, clock, pace="real-time"))
    assert clock.monotonic_s() == pytest.approx(1.1)


def test_as_fast_as_possible_waits_for_nothing(clip: Path) -> None:
    clock = FakeClock()
    all_frames(opened(clip, clock))
    assert clock.monotonic_s() == 0.0


def test_a_looping_film_goes_on_with_rising_index_and_time(clip: Path) -> None:
    source = opened(clip, loop=True)
    frames = [source.read() for _ in range(30)]
    assert [f.index for f in frames if f] == list(range(30))
    assert [f.t_s for f in frames if f] == pytest.approx([n / 10 for n in range(30)])
    source.close()


def test_opening_again_starts_the_film_but_neither_index_nor_time(clip: Path) -> None:
    source = opened(clip)
    before = all_frames(source)
    source.open()
    after = all_frames(source)
    assert after[0].index == 12
    assert after[0].t_s == pytest.approx(before[-1].t_s + 0.1)
    assert float(after[0].y.mean()) == pytest.approx(20, abs=1.5)
    assert after[0].taken_at == before[-1].taken_at + timedelta(seconds=0.1) - timedelta(
        seconds=before[-1].t_s
    )


def test_released_frames_leave_the_ones_still_held_untouched(clip: Path) -> None:
    source = opened(clip)
    first = source.read()
    assert first is not None
    held = first.y.copy()
    for frame in all_frames(source):
        source.release(frame)
    source.close()
    assert (first.y == held).all()


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match=r"nothing\.mp4"):
        player(tmp_path / "nothing.mp4").open()


def test_a_folder_is_no_video_file(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="no regular file"):
        player(tmp_path).open()


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    with pytest.raises(CaptureError, match="0 bytes"):
        player(path).open()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("letter.txt", b"Dear reader,\n" * 100),
        ("noise.mp4", bytes(range(256)) * 40),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n"),
        ("list.txt", b"ffconcat version 1.0\nfile /etc/passwd\n"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(CaptureError, match=name):
        all_frames(opened(path))


def test_a_film_cut_off_before_its_index_is_refused(tmp_path: Path, clip: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    with pytest.raises(CaptureError, match="cannot be read"):
        player(path).open()


def test_a_film_cut_off_in_its_pictures_ends_there(tmp_path: Path) -> None:
    path = tmp_path / "cut.ts"
    make_clip(path, pictures=40, size=(320, 240))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 5 < len(all_frames(opened(path))) < 40


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.mkv"
    with av.open(path, "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        sound.sample_rate = 8000
        out.mux(stream.encode(sound))
    with pytest.raises(CaptureError, match="no video"):
        player(path).open()


def damaged(path: Path, bad: set[int], pictures: int) -> Path:
    """A motion JPEG film of which the pictures with these numbers are noise."""
    with av.open(path, "w") as out:
        stream = out.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number in range(pictures):
            picture = filled("yuvj420p", (64, 48), 100)
            picture.pts = number
            for packet in stream.encode(picture):
                if number in bad:
                    noise = av.Packet(b"\x00no picture at all" * 3)
                    noise.pts, noise.dts, noise.time_base = packet.pts, packet.dts, packet.time_base
                    noise.stream, noise.duration = packet.stream, packet.duration
                    out.mux(noise)
                else:
                    out.mux(packet)
    return path


def test_damaged_pictures_are_skipped_and_their_time_passes(tmp_path: Path) -> None:
    source = opened(damaged(tmp_path / "a.mkv", {3, 4, 5}, 10))
    frames = all_frames(source)
    assert [f.index for f in frames] == list(range(7))
    assert [f.t_s for f in frames] == pytest.approx([0, 0.1, 0.2, 0.6, 0.7, 0.8, 0.9])


def test_too_many_damaged_pictures_in_a_row_are_an_error(tmp_path: Path) -> None:
    source = opened(damaged(tmp_path / "a.mkv", set(range(3, 4 + MAX_DAMAGED)), 5 + MAX_DAMAGED))
    for _ in range(3):
        assert source.read() is not None
    with pytest.raises(CaptureError, match="more than 100 damaged"):
        source.read()


def test_damage_is_counted_from_one_good_picture_to_the_next(tmp_path: Path) -> None:
    bad = set(range(3 * MAX_DAMAGED // 2)) - {70}
    source = opened(damaged(tmp_path / "a.mkv", bad, 2 * MAX_DAMAGED))
    assert len(all_frames(source)) == 2 * MAX_DAMAGED - len(bad)


def test_a_film_without_one_usable_picture_is_an_error_even_when_it_loops(tmp_path: Path) -> None:
    source = opened(damaged(tmp_path / "a.mkv", set(range(10)), 10), loop=True)
    with pytest.raises(CaptureError, match="no usable picture"):
        source.read()


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("a.mp4", "libx264", "yuv420p"),
        ("a.mkv", "libvpx-vp9", "yuv420p"),
        ("a.ts", "libx264", "yuv420p"),
        ("a.avi", "mjpeg", "yuvj422p"),
    ],
)
def test_damaged_bytes_give_frames_or_a_capture_error_and_nothing_else(
    tmp_path: Path, name: str, codec: str, pixels: str
) -> None:
    path = tmp_path / name
    make_clip(path, pictures=20, codec=codec, pixels=pixels, options={})
    whole = path.read_bytes()
    chance = random.Random(7)
    for _ in range(40):
        damaged_bytes = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20, 200))):
            damaged_bytes[chance.randrange(len(whole))] = chance.randrange(256)
        path.write_bytes(damaged_bytes[: chance.choice((len(whole), chance.randrange(len(whole))))])
        source = player(path)
        with contextlib.suppress(CaptureError):
            source.open()
            times = [frame.t_s for frame in all_frames(source)]
            assert times == sorted(set(times))
        source.close()


def test_a_title_that_is_no_utf_8_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(path, "w") as out:
        out.metadata["title"] = "XXXXXXXX"
        stream = out.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        out.mux(stream.encode(filled("yuvj420p", (64, 48), 100)))
    path.write_bytes(path.read_bytes().replace(b"XXXXXXXX", b"\xff\xfe\xfd\xfcXXXX"))
    assert opened(path).read() is not None


def test_a_size_that_is_too_large_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "wide.mkv"
    make_clip(path, pictures=1, size=(16384, 64), codec="mjpeg", pixels="yuvj420p", options={})
    with pytest.raises(FrameFormatError, match="16384x64"):
        opened(path).read()


def test_a_phones_turned_film_is_turned_upright(tmp_path: Path) -> None:
    path = tmp_path / "turned.mp4"
    make_clip(path, pictures=2, size=(64, 48), luma=lambda *_: np.arange(48)[:, None] * 4 + 20)
    turn_by_90_degrees(path)
    frame = opened(path).read()
    assert frame is not None
    assert (frame.width, frame.height) == (48, 64)
    assert np.abs(np.diff(frame.y.mean(0)).mean()) == pytest.approx(4, abs=0.3)
    assert frame.y.flags.c_contiguous


def turn_by_90_degrees(path: Path) -> None:
    """Write a rotation into the track header (ISO/IEC 14496-12, 8.3.2: nine 16.16 numbers)."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 32 + 4
    one = 1 << 16
    matrix = (0, one, 0, -one & 0xFFFFFFFF, 0, 0, 0, 0, 1 << 30)
    data[at : at + 36] = b"".join(number.to_bytes(4, "big") for number in matrix)
    path.write_bytes(bytes(data))


def test_a_closed_film_cannot_be_read_and_closing_twice_is_harmless(clip: Path) -> None:
    source = opened(clip)
    source.close()
    source.close()
    with pytest.raises(CaptureError, match="not open"):
        source.read()


def test_two_thousand_frames_do_not_grow_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    make_clip(path, pictures=20, size=(320, 240))
    source = opened(path, loop=True)
    process = psutil.Process()
    before = 0
    for number in range(2200):
        frame = source.read()
        assert frame is not None
        source.release(frame)
        if number == 200:
            before = process.memory_info().rss
    # One hundred kept frames of this size would be 11 MiB.
    assert process.memory_info().rss - before < 6 * 1024 * 1024
