# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged and wrong files: what can be read is read and told honestly, the rest is refused in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from depth_engine.contract import DepthError, ExitCode, ImagesSource, MovieSource
from depth_engine.footage import find_source, open_footage
from tests.depth_engine.footage.test_movies import rough_picture
from tests.support.coded import read_index
from tests.support.images import make_images
from tests.support.movies import make_movie, make_sound


def refused(path: Path, *words: str) -> DepthError:
    """Opening the movie fails with BAD_INPUT, in one sentence that names the file and says these words."""
    with pytest.raises(DepthError) as caught:
        open_footage(MovieSource(str(path)))
    return checked(caught.value, path.name, *words)


def checked(error: DepthError, *words: str) -> DepthError:
    assert error.code == ExitCode.BAD_INPUT
    for word in words:
        assert word in error.message
    assert error.message.endswith(".") and "\n" not in error.message and error.hint.endswith(".")
    return error


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


CUT = [
    ("faststart.mp4", {"container_options": {"movflags": "faststart"}, "b_frames": 2}),
    ("fragments.mp4", {"container_options": {"movflags": "frag_keyframe+empty_moov"}, "b_frames": 2}),
    ("clip.mkv", {"b_frames": 2}),
    ("clip.ts", {"b_frames": 2}),
    ("clip.webm", {"codec": "libvpx-vp9", "codec_options": {"cpu-used": "8", "deadline": "realtime"}}),
    ("clip.avi", {"codec": "mpeg4", "b_frames": 2}),
    ("mjpeg.mov", {"codec": "mjpeg", "pixel_format": "yuvj420p", "container_options": {"movflags": "faststart"}}),
]


@pytest.mark.parametrize("name, options", CUT, ids=[name for name, _ in CUT])
def test_a_movie_that_breaks_off_gives_the_frames_it_has(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    path = cut(make_movie(tmp_path / name, frames=60, picture=rough_picture, **options), 0.65)
    footage = open_footage(MovieSource(str(path)))
    count = footage.facts.frame_count
    assert 4 < count < 50
    frames = list(footage.read(range(1, count + 1)))
    assert len(frames) == count
    # The cut may go through a picture that up to two before it refer to; all others are whole.
    assert [read_index(frame.rgb) for frame in frames[:-3]] == list(range(count - 3))
    for number in range(1, count - 2, 7):
        assert [read_index(frame.rgb) for frame in footage.read([number])] == [number - 1]
    if path.suffix != ".ts":  # a transport stream does not tell how long it should be
        assert any("breaks off" in warning or "damaged" in warning for warning in footage.warnings)
    assert all(f"{count} frames" in warning for warning in footage.warnings)


def test_a_damaged_packet_at_the_end_costs_only_its_own_frame(tmp_path: Path) -> None:
    path = make_movie(tmp_path / "clip.mp4", frames=60, picture=rough_picture, gop=60)
    data = bytearray(path.read_bytes())
    end = data.index(b"moov") - 4
    data[end - 300 : end] = bytes(300)
    path.write_bytes(data)
    footage = open_footage(MovieSource(str(path)))
    count = footage.facts.frame_count
    assert count in (59, 60) and len(list(footage.read(range(1, count + 1)))) == count
    assert [read_index(frame.rgb) for frame in footage.read(range(1, 59))] == list(range(58))


def test_damage_that_shows_only_on_reading_names_the_frame(tmp_path: Path) -> None:
    path = make_movie(tmp_path / "clip.mov", frames=120, codec="prores_ks", pixel_format="yuv422p10le")
    data = bytearray(path.read_bytes())
    starts = [at for at in range(len(data)) if data[at : at + 4] == b"icpf"]
    for at in starts[60:63]:
        data[at : at + 40] = bytes(40)
    path.write_bytes(data)
    footage = open_footage(MovieSource(str(path)))
    given: list[int] = []
    with pytest.raises(DepthError) as caught:
        given.extend(frame.number for frame in footage.read(range(50, 100)))
    assert given == list(range(50, 61))
    checked(caught.value, "clip.mov", "Frame 61 ")
    assert [read_index(frame.rgb) for frame in footage.read([60, 64])] == [59, 63]


def test_a_movie_without_damage_has_no_warnings(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv", "a.ts"):
        assert open_footage(MovieSource(str(make_movie(tmp_path / name, b_frames=2)))).warnings == ()


def test_a_movie_that_changes_its_size_is_refused_at_that_frame(tmp_path: Path) -> None:
    first, second = make_movie(tmp_path / "a.ts", size=(96, 64)), make_movie(tmp_path / "b.ts", size=(64, 48))
    (tmp_path / "both.ts").write_bytes(first.read_bytes() + second.read_bytes())
    footage = open_footage(MovieSource(str(tmp_path / "both.ts")))
    with pytest.raises(DepthError) as caught:
        list(footage.read(range(1, footage.facts.frame_count + 1)))
    checked(caught.value, "both.ts", "64x48", "96x64")


def test_missing(tmp_path: Path) -> None:
    refused(tmp_path / "nothing.mp4", "does not exist")


def test_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    refused(path, "is empty")


def test_a_folder_is_no_movie(tmp_path: Path) -> None:
    refused(tmp_path, "not a file")


def test_cut_off_before_the_list_of_frames(tmp_path: Path) -> None:
    refused(cut(make_movie(tmp_path / "clip.mp4", picture=rough_picture), 0.6), "cut off")


def test_no_frame_at_all(tmp_path: Path) -> None:
    path = make_movie(tmp_path / "clip.mkv", frames=1)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"\x1f\x43\xb6\x75")])  # where Matroska's frames begin
    refused(path)


def test_a_codec_that_nobody_knows(tmp_path: Path) -> None:
    path = make_movie(tmp_path / "clip.mp4")
    path.write_bytes(path.read_bytes().replace(b"avc1", b"none").replace(b"avcC", b"none"))
    refused(path, "codec", "not supported")


def test_no_keyframe_is_marked(tmp_path: Path) -> None:
    """A damaged table of keyframes does not keep the movie from being read."""
    path = make_movie(tmp_path / "clip.mp4", frames=50)
    data = path.read_bytes()
    at = data.index(b"stss") + 8
    path.write_bytes(data[:at] + bytes(4) + data[at + 4 :])
    footage = open_footage(MovieSource(str(path)))
    assert [read_index(frame.rgb) for frame in footage.read(range(1, 51, 7))] == list(range(0, 50, 7))


def test_only_sound(tmp_path: Path) -> None:
    refused(make_sound(tmp_path / "sound.m4a"), "only sound")
    refused(make_sound(tmp_path / "sound.mp4"), "only sound")


def test_sound_with_cover_art_is_no_movie(tmp_path: Path) -> None:
    refused(make_sound(tmp_path / "song.m4a", cover=True), "only sound")


@pytest.mark.parametrize(
    "name, text",
    [
        ("text.mp4", "Hello, this is no movie.\n" * 50),
        ("notes.txt", "Hello, this is no movie.\n" * 50),
        ("script.mp4", "ffconcat version 1.0\nfile 'other.mp4'\n"),
        ("playlist.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"),
    ],
)
def test_text_is_no_movie(tmp_path: Path, name: str, text: str) -> None:
    make_movie(tmp_path / "other.mp4")
    (tmp_path / name).write_text(text)
    refused(tmp_path / name, "not a movie")


def test_what_the_system_refuses_to_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    movie = make_movie(tmp_path / "clip.mp4")
    (image,) = make_images(tmp_path / "images", frames=1)

    def refuse(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    refused(movie, "Permission denied")
    with pytest.raises(DepthError) as caught:
        open_footage(ImagesSource(str(image.parent), (image.name,)))
    checked(caught.value, image.name, "Permission denied")


def test_names_that_look_like_something_else(tmp_path: Path) -> None:
    for name in ("with space and ü.mp4", "file:odd.mp4", "http:a.mp4", "%03d.mp4", "-n.mp4"):
        footage = open_footage(find_source(make_movie(tmp_path / "plain.mp4").rename(tmp_path / name)))
        assert footage.facts.frame_count == 24
