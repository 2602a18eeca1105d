# SPDX-License-Identifier: Apache-2.0
"""Everything that a job writes: frames as they become ready, what needs a shot's range at the shot's end."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from depth_engine.contract import Job, ShotRange
from depth_engine.footage.frame import Footage, Frame, Rgb
from depth_engine.inference.readahead import read_ahead
from depth_engine.inference.sizes import Size, output_size
from depth_engine.models.base import Disparity, ModelInfo
from depth_engine.outputs.exr import read_exr
from depth_engine.outputs.frame_files import FrameRange, Target, write_frame
from depth_engine.outputs.layout import WORK, Layout
from depth_engine.outputs.metadata import file_rate, job_metadata
from depth_engine.outputs.npz import NpzParts
from depth_engine.outputs.png16 import write_png16
from depth_engine.outputs.preview import PreviewMovie, colored, join_movies
from depth_engine.outputs.ranges import percentiles
from depth_engine.outputs.sheet import spread, write_sheet

WRITERS = min(4, max(2, os.cpu_count() or 2))
PENDING = WRITERS + 2
"""Frames that are written or wait for it: memory stays bounded when the disk is slower than the model."""


@dataclass(frozen=True, slots=True)
class WriterState:
    """What is on disk: `frames` of the job, of which the first `finished` belong to finished shots.

    minimum, maximum: exact bounds of the others. size: of the written depth, known from the first frame on.
    """

    frames: int = 0
    finished: int = 0
    minimum: float = math.inf
    maximum: float = -math.inf
    size: Size | None = None


class DepthWriter:
    """Takes a job's frames in order, shot by shot, and writes what its options ask for.

    Threads do the work; `put` waits while too much is pending. A thread's failure (a full disk) is raised by the next
    call, of `check` at the latest. `close` must always be called. All that a job needs to go on after any frame is in
    its files and in `state`.
    """

    def __init__(
        self,
        folder: Path,
        job: Job,
        footage: Footage,
        numbers: Sequence[int],
        info: ModelInfo,
        written: Callable[[int], None],
        state: WriterState | None = None,
    ) -> None:
        """`written` is called, in order, with the number of each frame whose files are complete.

        state: from where to go on, with the files as they were left; frames after it may come again.
        """
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
        self._state = state or WriterState()
        if self._state.size:
            self._target = self._open(self._state.size)

    @property
    def state(self) -> WriterState:
        """Where a later writer can go on; complete after `finish_frames`."""
        return self._state

    @property
    def layout(self) -> Layout:
        """Where the files lie; known from the first frame on."""
        return self._opened.layout

    def put(self, frame: Frame, disparity: Disparity) -> None:
        """Write a frame with its disparity [h,w] at the model's own size."""
        if self._target is None:
            source, processed = frame.rgb.shape[1::-1], disparity.shape[::-1]
            self._target = self._open(output_size(self._job.options.output_size, source, processed))
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
        state = self._state
        numbers = self._numbers[state.finished : state.frames]
        proxies = (self._folder / self.layout.proxy_depth.file(number) for number in numbers)
        low, high = percentiles(_read_all(proxies, progress), state.minimum, state.maximum, (1, 99))
        shot = ShotRange(numbers[0], numbers[-1], state.minimum, state.maximum, low, high)
        self._finish_pictures(numbers, shot, progress)
        self._state = WriterState(state.frames, state.frames, size=state.size)
        return shot

    def forget_shot(self, numbers: Iterable[int]) -> None:
        """Take away what only the finishing of a shot with these frames needed."""
        if self._opened.store == WORK:
            for number in numbers:
                self._opened.path(WORK, number).unlink(missing_ok=True)

    def finish(self, shots: Sequence[ShotRange]) -> None:
        """Complete the preview from those of all the shots."""
        if self._job.options.preview:
            path = self._folder / self.layout.preview
            path.parent.mkdir(exist_ok=True)
            join_movies([self._folder / self.layout.preview_part(shot.first, shot.last) for shot in shots], path)
            self._write_contact_sheet(shots)

    def _write_contact_sheet(self, shots: Sequence[ShotRange]) -> None:
        colormap, layout = self._job.options.colormap, self.layout
        tiles: list[Rgb] = []
        for number in spread(self._numbers):
            shot = next(shot for shot in shots if shot.first <= number <= shot.last)
            values = read_exr(self._folder / layout.proxy_depth.file(number))
            tiles.append(colored(values, shot.p1, shot.p99, colormap))
        write_sheet(self._folder / layout.contact_sheet, tiles)

    def files(self, shots: Iterable[ShotRange]) -> Iterator[Path]:
        """Everything that is on disk according to the state; shots: the finished ones."""
        if self._target is None:
            return
        layout, options = self._target.layout, self._job.options
        for at, number in enumerate(self._numbers[: self._state.frames]):
            finished = at < self._state.finished
            yield from (self._folder / layout.proxy_depth.file(number), self._folder / layout.proxy_color.file(number))
            kinds = [kind for kind in self._target.sequences if kind != WORK or not finished]
            if finished and "png16" in options.format:
                kinds.append("png16")
            yield from (self._target.path(kind, number) for kind in kinds)
        if self._npz:
            yield from self._npz.files()
        if options.preview:
            yield from (self._folder / layout.preview_part(shot.first, shot.last) for shot in shots)

    def close(self) -> None:
        """Stop the threads; what is complete stays."""
        self._threads.shutdown(cancel_futures=True)
        if self._npz:
            with suppress(OSError):  # a full disk may be why it is closed
                self._npz.close()

    @property
    def _opened(self) -> Target:
        if self._target is None:
            raise RuntimeError("no frame has been written yet")
        return self._target

    def _open(self, size: Size) -> Target:
        options = self._job.options
        target = Target(self._folder, Layout(self._job.name, size, self._footage.facts.alpha), options, self._metadata)
        needed = [target.path(kind, 0).parent for kind in target.sequences]
        npz, work = self._folder / "npz", self._folder / WORK
        if "npz" in options.format:
            needed += [npz, work]
            self._npz = NpzParts(npz, work, self._job.name, self._numbers, self._state.frames)
        if options.preview:
            needed.append(work)
        for folder in (*needed, self._folder / "proxy"):
            folder.mkdir(exist_ok=True)
        self._state = replace(self._state, size=size)
        return target

    def _collect(self) -> None:
        """Wait for the oldest pending frame."""
        bounds, values = self._pending.popleft().result()
        if self._npz:
            self._npz.append(values)
        self._state = replace(
            self._state,
            frames=self._state.frames + 1,
            minimum=min(self._state.minimum, bounds.minimum),
            maximum=max(self._state.maximum, bounds.maximum),
        )
        self._written(bounds.number)

    def _finish_pictures(self, numbers: Sequence[int], shot: ShotRange, progress: Callable[[], None]) -> None:
        target = self._opened
        store, options = target.store, self._job.options
        if store is None:
            return
        if "png16" in options.format:
            target.path("png16", 0).parent.mkdir(exist_ok=True)
        paths = (target.path(store, number) for number in numbers)
        with self._preview(shot) if options.preview else nullcontext() as movie:
            for values, number in zip(_read_all(paths, progress), numbers):
                if "png16" in options.format:
                    write_png16(target.path("png16", number), values, shot.min, shot.max)
                if movie:
                    movie.append(number, values, shot.p1, shot.p99)

    @contextmanager
    def _preview(self, shot: ShotRange) -> Generator[PreviewMovie]:
        """The preview of one shot: it holds its last frame up to the next shot, or to the end of the chosen frames."""
        path = self._folder / self.layout.preview_part(shot.first, shot.last)
        rate = file_rate(self._footage.facts.rate)
        movie = PreviewMovie(path, shot.first, rate, self._job.options.colormap)
        try:
            yield movie
            movie.finish(self._shown_until())
        except BaseException:
            movie.discard()
            raise

    def _shown_until(self) -> int:
        """The last source frame that shows the last frame written."""
        if self._state.frames < len(self._numbers):
            return self._numbers[self._state.frames] - 1
        frames = self._job.options.frames
        return frames[1] if frames else self._footage.facts.frame_count


def _read_all(paths: Iterable[Path], progress: Callable[[], None]) -> Iterator[Disparity]:
    """Read EXRs in a thread, a few ahead; `progress` is called after each has been used."""
    with read_ahead(map(read_exr, paths)) as pictures:
        for picture in pictures:
            yield picture
            progress()
