# SPDX-License-Identifier: Apache-2.0
"""Everything that a job writes: frames as they become ready, what needs a shot's range at the shot's end."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from depth_engine.contract import Job, ShotRange
from depth_engine.footage.frame import Footage, Frame
from depth_engine.inference.readahead import read_ahead
from depth_engine.inference.sizes import output_size
from depth_engine.models.base import Disparity, ModelInfo
from depth_engine.outputs.exr import read_exr
from depth_engine.outputs.frame_files import FrameRange, Target, write_frame
from depth_engine.outputs.layout import Layout, remove_unfinished
from depth_engine.outputs.metadata import file_rate, job_metadata
from depth_engine.outputs.npz import NpzParts
from depth_engine.outputs.png16 import write_png16
from depth_engine.outputs.preview import PreviewMovie
from depth_engine.outputs.ranges import percentiles

WRITERS = min(4, max(2, os.cpu_count() or 2))
PENDING = WRITERS + 2
"""Frames that are written or wait for it: memory stays bounded when the disk is slower than the model."""


class DepthWriter:
    """Takes a job's frames in order, shot by shot, and writes what its options ask for.

    Threads do the work; `put` waits while too much is pending. A thread's failure (a full disk) is raised by the next
    call, of `check` at the latest. `close` must always be called.
    """

    def __init__(
        self,
        folder: Path,
        job: Job,
        footage: Footage,
        numbers: Sequence[int],
        info: ModelInfo,
        written: Callable[[int], None],
    ) -> None:
        """`written` is called, in order, with the number of each frame whose files are complete."""
        self._folder = folder
        self._job = job
        self._footage = footage
        self._numbers = numbers
        self._metadata = job_metadata(job.source, footage.facts, info)
        self._written = written
        self._threads = ThreadPoolExecutor(WRITERS, "writer")
        self._pending: deque[Future[tuple[FrameRange, Disparity]]] = deque()
        self._target: Target | None = None
        self._npz: NpzParts | None = None
        self._preview: PreviewMovie | None = None
        self._shot: list[FrameRange] = []

    @property
    def layout(self) -> Layout:
        """Where the files lie; known from the first frame on."""
        return self._opened.layout

    def put(self, frame: Frame, disparity: Disparity) -> None:
        """Write a frame with its disparity [h,w] at the model's own size."""
        if self._target is None:
            self._target = self._open(frame, disparity)
        while len(self._pending) >= PENDING:
            self._collect()
        record = self._footage.record(frame.number)
        self._pending.append(self._threads.submit(write_frame, self._target, frame, record, disparity))
        self.check()

    def check(self) -> None:
        """Raise the failure of a thread, if there is one."""
        for future in self._pending:
            if future.done():
                future.result()

    def finish_frames(self) -> None:
        """Wait until every frame that was put is written."""
        while self._pending:
            self._collect()

    def finish_shot(self, progress: Callable[[], None]) -> ShotRange:
        """Find the range of the frames since the last shot, and write what needs it.

        `progress` is called twice a frame: when its values are counted, and when it is complete. It may raise Stop.
        """
        frames, self._shot = self._shot, []
        numbers = [frame.number for frame in frames]
        minimum, maximum = min(f.minimum for f in frames), max(f.maximum for f in frames)
        proxies = (self._folder / self.layout.proxy_depth.file(number) for number in numbers)
        low, high = percentiles(_read_all(proxies, progress), minimum, maximum, (1, 99))
        shot = ShotRange(numbers[0], numbers[-1], minimum, maximum, low, high)
        self._finish_pictures(numbers, shot, progress)
        return shot

    def finish(self) -> None:
        """Complete the preview: it holds its last frame to the end of the chosen frames."""
        if self._preview:
            frames = self._job.options.frames
            self._preview.finish(frames[1] if frames else self._footage.facts.frame_count)
            self._preview = None

    def close(self) -> None:
        """Stop the threads and take away everything that is not complete."""
        self._threads.shutdown(cancel_futures=True)
        if self._npz:
            self._npz.discard()
        if self._preview:
            self._preview.discard()
        remove_unfinished(self._folder)

    @property
    def _opened(self) -> Target:
        if self._target is None:
            raise RuntimeError("no frame has been written yet")
        return self._target

    def _open(self, frame: Frame, disparity: Disparity) -> Target:
        options = self._job.options
        source, processed = frame.rgb.shape[1::-1], disparity.shape[::-1]
        size = output_size(options.output_size, source, processed)
        target = Target(self._folder, Layout(self._job.name, size), options, self._metadata)
        folders = [target.path(kind, 0).parent for kind in target.sequences]
        for folder in (*folders, self._folder / "proxy"):
            folder.mkdir(exist_ok=True)
        if "npz" in options.format:
            (self._folder / "npz").mkdir(exist_ok=True)
            self._npz = NpzParts(self._folder / "npz", self._job.name, self._numbers)
        return target

    def _collect(self) -> None:
        """Wait for the oldest pending frame."""
        bounds, values = self._pending.popleft().result()
        if self._npz:
            self._npz.append(values)
        self._shot.append(bounds)
        self._written(bounds.number)

    def _finish_pictures(self, numbers: Sequence[int], shot: ShotRange, progress: Callable[[], None]) -> None:
        target = self._opened
        store, options = target.store, self._job.options
        if store is None:
            return
        if "png16" in options.format:
            target.path("png16", 0).parent.mkdir(exist_ok=True)
        paths = (target.path(store, number) for number in numbers)
        for values, number in zip(_read_all(paths, progress), numbers):
            if "png16" in options.format:
                write_png16(target.path("png16", number), values, shot.min, shot.max)
            if options.preview:
                self._preview = self._preview or self._open_preview()
                self._preview.append(number, values, shot.p1, shot.p99)
            if store == "work":
                target.path(store, number).unlink()

    def _open_preview(self) -> PreviewMovie:
        path = self._folder / self.layout.preview
        path.parent.mkdir(exist_ok=True)
        rate = file_rate(self._footage.facts.rate)
        return PreviewMovie(path, self._numbers[0], rate, self._job.options.colormap)


def _read_all(paths: Iterable[Path], progress: Callable[[], None]) -> Iterator[Disparity]:
    """Read EXRs in a thread, a few ahead; `progress` is called after each has been used."""
    with read_ahead(map(read_exr, paths)) as pictures:
        for picture in pictures:
            yield picture
            progress()
