# SPDX-License-Identifier: Apache-2.0
"""The contract between the Blender extension and the engine: jobs, events, results and exit codes.

Both sides share this one file, so it imports nothing but the standard library. A job is a folder:

    job.json        the request, written by the caller
    events.jsonl    one event a line, appended and flushed by the engine
    engine.log      what the engine process printed
    depth/ png16/ npz/ proxy/ preview/
    checkpoint/     what a job that was broken off needs to go on; gone after success, as is work/
    manifest.json   the result, written last: it exists if and only if the job succeeded
    lock            held by the running engine (an operating-system lock)
    cancel          made by the caller to stop the engine

Paths inside the manifest are relative to the job folder and use forward slashes.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
import os
import re
import sys
import time
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar, cast

CONTRACT_VERSION = 1

T = TypeVar("T")


class ExitCode(IntEnum):
    """What the engine process ends with; one code for each failure that a user can act on."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    BAD_INPUT = 10
    BAD_JOB = 11
    CONTRACT_MISMATCH = 12
    UNKNOWN_MODEL = 20
    MISSING_WEIGHTS = 21
    BAD_WEIGHTS = 22
    LICENCE_NOT_ACCEPTED = 23
    DOWNLOAD_FAILED = 24
    NO_DEVICE = 30
    OUT_OF_MEMORY = 31
    DISK_FULL = 40
    NOT_WRITABLE = 41
    JOB_BUSY = 42
    JOB_FINISHED = 43
    JOB_UNFINISHED = 44
    CANNOT_RESUME = 45
    CANCELLED = 50


class DepthError(Exception):
    """A failure that a person can act on: one sentence, a hint, and the exit code that names it."""

    def __init__(self, code: ExitCode, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


# --- the request -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MovieSource:
    """A movie file."""

    path: str
    type: Literal["movie"] = "movie"


@dataclass(frozen=True, slots=True)
class ImagesSource:
    """An image sequence: files of one directory in playing order, with any names, at `rate` frames a second."""

    directory: str
    files: tuple[str, ...]
    rate: str = "24"
    type: Literal["images"] = "images"


Source = MovieSource | ImagesSource
Format = Literal["exr32", "exr16", "png16", "npz"]
JobKind = Literal["estimate"]


@dataclass(frozen=True, slots=True)
class Options:
    """How a job is computed. The command line's options have the same names.

    frames: first and last position in the source, from 1, both included; None means all of it.
    step, fps: compute every step-th frame, or the frames shown at `fps` ("15", "30000/1001"); never both.
    max_size: longest side in pixels that the model may see; it never enlarges. None: the model's own choice.
    output_size: "source", "processed" or the longest side in pixels.
    format: what is written besides the proxy; only what is asked for.
    shots: "auto" finds the cuts, "off" takes the clip as one shot, "49,120" begins shots at these source positions too.
    seed, noise: the random numbers of a diffusion model, from a seed or from a safetensors file.
    steps, guidance, window, overlap, decode_chunk: of a diffusion model; None: the model's own default.
    allow_smaller: where memory is short, let the model see smaller pictures, then shorter windows, than asked for.
    compat: "reference" reproduces the numbers of the model's published code, with its defects.
    """

    model: str = "embedded"
    weights: str | None = None
    device: str = "auto"
    precision: Literal["auto", "fp32", "fp16", "bf16"] = "auto"
    frames: tuple[int, int] | None = None
    step: int = 1
    fps: str | None = None
    max_size: int | None = None
    output_size: str = "source"
    format: tuple[Format, ...] = ("exr32",)
    preview: bool = True
    colormap: Literal["gray", "inferno", "turbo", "viridis"] = "inferno"
    shots: str = "auto"
    seed: int = 0
    noise: str | None = None
    steps: int | None = None
    guidance: float | None = None
    window: int | None = None
    overlap: int | None = None
    decode_chunk: int | None = None
    allow_smaller: bool = False
    compat: Literal["default", "reference"] = "default"

    def __post_init__(self) -> None:
        first, last = self.frames or (1, 1)
        _require(
            1 <= first <= last, f"frames {first}:{last} is not a range", "Count from 1, the first frame first: 1:48."
        )
        _require(self.step >= 1, f"step {self.step} is not possible", "Use 1 for every frame, 2 for every second one.")
        _require(self.fps is None or self.step == 1, "step and fps exclude each other", "Give one of the two.")
        _require(
            self.fps is None or is_rate(self.fps), f"fps {self.fps!r} is not a frame rate", "Use 15 or 30000/1001."
        )
        _require(
            self.max_size is None or self.max_size >= 14, f"max_size {self.max_size} is too small", "Use 14 or more."
        )
        _require(
            self.output_size in ("source", "processed") or (self.output_size.isdecimal() and int(self.output_size) > 0),
            f"output_size {self.output_size!r} is not a size",
            "Use source, processed or the longest side in pixels.",
        )
        _require(
            self.shots in ("auto", "off") or all(part.isdecimal() and int(part) > 0 for part in self.shots.split(",")),
            f"shots {self.shots!r} is no list of frames",
            "Use auto, off, or the first frames of shots: 49,120.",
        )
        _require(
            self.shots in ("auto", "off") or _increases(self.shots.split(",")),
            f"shots {self.shots!r} is not in order",
            "Give each shot's first frame once, the earliest first: 49,120.",
        )
        _require(0 <= self.seed < 2**63, f"seed {self.seed} is out of range", "Use a whole number from 0.")
        _require(self.steps is None or 1 <= self.steps <= 50, f"steps {self.steps} is out of range", "Use 1 to 50.")
        _require(
            self.guidance is None or 0 < self.guidance <= 100,
            f"guidance {self.guidance} is out of range",
            "Use 1 to 3.",
        )
        _require(self.window is None or self.window >= 1, f"window {self.window} is too small", "Use 1 or more frames.")
        _require(self.overlap is None or self.overlap >= 0, f"overlap {self.overlap} is negative", "Use 0 or more.")
        _require(
            None in (self.window, self.overlap) or cast(int, self.overlap) < cast(int, self.window),
            f"overlap {self.overlap} leaves nothing of a window of {self.window} frames",
            "Overlap less than the window.",
        )
        _require(
            self.decode_chunk is None or self.decode_chunk >= 1,
            f"decode_chunk {self.decode_chunk} is too small",
            "Use 1 or more frames.",
        )


def _require(condition: bool, message: str, hint: str) -> None:
    if not condition:
        raise DepthError(ExitCode.BAD_JOB, f"The option {message}.", hint)


def _increases(numbers: list[str]) -> bool:
    return all(int(earlier) < int(later) for earlier, later in itertools.pairwise(numbers))


def is_rate(text: str) -> bool:
    """Whether a text is an exact positive frame rate: "24", "23.976" or "24000/1001"."""
    try:
        return Fraction(text) > 0
    except (ValueError, ZeroDivisionError):
        return False


@dataclass(frozen=True, slots=True)
class Job:
    """job.json: what to do with which footage. `name` is the clip's name and starts every file's name."""

    source: Source
    name: str
    options: Options = field(default_factory=Options)
    kind: JobKind = "estimate"
    contract_version: int = CONTRACT_VERSION

    def __post_init__(self) -> None:
        safe = clip_name(self.name)
        _require(
            self.name == safe,
            f"name {self.name!r} is no plain file name",
            f"Use {safe!r}: outputs stay in the job folder.",
        )


def clip_name(text: str) -> str:
    """A name that is safe as the start of a file name on every system: letters, digits, '.', '_' and '-'."""
    return re.sub(r"[^\w.-]+", "_", text).strip("._-")[:80] or "clip"


# --- the events ------------------------------------------------------------------------------------------------

Phase = Literal["indexing", "loading", "cuts", "estimating", "finishing"]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of events.jsonl. `at` is seconds since the epoch."""

    TYPE: ClassVar[str] = ""
    at: float = field(default_factory=time.time, kw_only=True)


@dataclass(frozen=True, slots=True)
class Started(Event):
    TYPE: ClassVar[str] = "started"
    engine_version: str
    pid: int
    model: str
    device: str
    frames_total: int


@dataclass(frozen=True, slots=True)
class Resumed(Event):
    """The job goes on from a checkpoint: `frames_done` frames are complete, and the next is the one with file number
    `next_frame`; None when only the last steps are left.
    """

    TYPE: ClassVar[str] = "resumed"
    frames_done: int
    next_frame: int | None


@dataclass(frozen=True, slots=True)
class PhaseChanged(Event):
    TYPE: ClassVar[str] = "phase"
    phase: Phase


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """`shot`, `window` and `step` count from 1; `window` of `windows` is the segment the model works on now.

    In the phase "cuts", `step` of `steps` frames have been searched for cuts.
    """

    TYPE: ClassVar[str] = "progress"
    phase: Phase
    frames_done: int
    frames_total: int
    shot: int = 1
    shots: int = 1
    window: int = 1
    windows: int = 1
    step: int = 1
    steps: int = 1
    eta_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class FramesWritten(Event):
    """Frames (file numbers, both included) that are complete on disk."""

    TYPE: ClassVar[str] = "frames_written"
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PreviewReady(Event):
    TYPE: ClassVar[str] = "preview"
    path: str


@dataclass(frozen=True, slots=True)
class WarningRaised(Event):
    TYPE: ClassVar[str] = "warning"
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Download(Event):
    """How far the download of a model's weights is, over all its files; `file` is the one at work."""

    TYPE: ClassVar[str] = "download"
    file: str
    bytes_done: int
    bytes_total: int


@dataclass(frozen=True, slots=True)
class Fetched(Event):
    """A model's weights are all here, whole and as published, in `folder`."""

    TYPE: ClassVar[str] = "fetched"
    model: str
    folder: str


@dataclass(frozen=True, slots=True)
class Failed(Event):
    TYPE: ClassVar[str] = "error"
    code: int
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Cancelled(Event):
    TYPE: ClassVar[str] = "cancelled"
    frames_done: int


@dataclass(frozen=True, slots=True)
class Done(Event):
    TYPE: ClassVar[str] = "done"
    manifest: str
    seconds: float


EVENTS: dict[str, type[Event]] = {
    event.TYPE: event
    for event in (
        Started,
        Resumed,
        PhaseChanged,
        Progress,
        FramesWritten,
        PreviewReady,
        WarningRaised,
        Download,
        Fetched,
        Failed,
        Cancelled,
        Done,
    )
}


def encode_event(event: Event) -> str:
    """One JSON line, without its line end."""
    return json.dumps({"v": CONTRACT_VERSION, "type": event.TYPE, **dataclasses.asdict(event)})


def decode_event(line: str) -> Event | None:
    """The event of one line, or None for anything that is not an event of this contract version."""
    try:
        data = json.loads(line)
        if data.pop("v") != CONTRACT_VERSION:
            return None
        return from_json(EVENTS[data.pop("type")], data, "event")
    except (ValueError, KeyError, AttributeError, TypeError, DepthError, RecursionError):
        return None


# --- the result ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the engine found in the footage.

    width, height: pixels as frames are given to the model, after rotation; pixel_aspect ("1", "64/45") is the
    width of a pixel over its height. rate: frames a second, exact. start_seconds: time stamp of the first frame.
    """

    width: int
    height: int
    frame_count: int
    rate: str
    duration_seconds: float
    constant_rate: bool
    start_seconds: float
    rotation: int
    pixel_aspect: str
    codec: str
    alpha: bool


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One computed frame. number: its position in the source from 1, which is also its file number; name: the
    source file's name (image sequences); original_number: the number in that name, else `number`; seconds: time
    since the source's first frame.
    """

    number: int
    original_number: int
    seconds: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class ShotRange:
    """Statistics of the raw disparity Y over one shot (first and last are file numbers, both included)."""

    first: int
    last: int
    min: float
    max: float
    p1: float
    p99: float


@dataclass(frozen=True, slots=True)
class ModelFacts:
    name: str
    title: str
    kind: Literal["disparity", "metric"]
    licence: str
    commercial_use: bool
    weights: str
    device: str
    precision: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Files numbered by source position: `pattern` holds one run of '#', e.g. depth/clip.######.exr."""

    pattern: str
    width: int
    height: int

    def file(self, number: int) -> str:
        """The relative path of one frame's file."""
        return re.sub(r"#+", lambda run: str(number).zfill(len(run.group())), self.pattern, count=1)


@dataclass(frozen=True, slots=True)
class Seam:
    """Where two windows of a model overlap: file numbers first to last, both included.

    The later window's disparity, after what the shot's earlier seams did to it, is brought to the earlier one's by
    scale * Y + shift. residual: mean absolute difference of the two windows' disparity over the overlap, relative to
    the earlier one's spread (its 1-99 % range); aligned_residual: the same after the fit. applied: whether the fit was
    used.
    """

    first: int
    last: int
    scale: float
    shift: float
    residual: float
    aligned_residual: float
    applied: bool


@dataclass(frozen=True, slots=True)
class Execution:
    """How the networks ran from the frame with file number `first` on, in words."""

    first: int
    description: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """manifest.json: everything that an importer needs to know.

    depth: by format ("exr32", "exr16", "png16"); NPZ parts are named by their first and last frame in npz/.
    proxy_depth, proxy_color: raw Y and footage at grid size (at most 150,000 pixels), what Geometry Nodes plays.
    preview: the 8-bit movie; its frame k shows source frame `frames[0].number + k - 1` and holds skipped frames.
    seams: where windows of the model overlap, in the order of time; seam_picture: a chart of them.
    executions: how the networks ran; more than one where memory ran out on the way.
    """

    name: str
    engine_version: str
    source: Source
    facts: SourceFacts
    options: Options
    model: ModelFacts
    frames: tuple[FrameRecord, ...]
    shots: tuple[ShotRange, ...]
    depth: dict[str, Sequence]
    proxy_depth: Sequence
    proxy_color: Sequence
    preview: str | None
    npz: tuple[str, ...]
    warnings: tuple[str, ...]
    seconds: float
    seams: tuple[Seam, ...] = ()
    seam_picture: str | None = None
    executions: tuple[Execution, ...] = ()
    contract_version: int = CONTRACT_VERSION


# --- what the engine tells before a job ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a planned job cannot start."""

    code: int
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job will do and need; it can start if `problems` is empty. seconds_measured: from runs on this machine.

    execution: how the networks will run to fit this machine, in words.
    """

    facts: SourceFacts
    model: ModelFacts
    frames: int
    first: int
    last: int
    windows: int
    processed_width: int
    processed_height: int
    output_width: int
    output_height: int
    seconds: float
    seconds_measured: bool
    disk_bytes: int
    disk_free_bytes: int
    memory_bytes: int
    memory_free_bytes: int
    problems: tuple[Problem, ...] = ()
    execution: str = ""
    contract_version: int = CONTRACT_VERSION


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of `depth-engine doctor`."""

    name: str
    status: Literal["ok", "warning", "error"]
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`depth-engine doctor --json`: also the handshake between extension and engine."""

    engine_version: str
    checks: tuple[Check, ...]
    contract_version: int = CONTRACT_VERSION


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One line of `depth-engine models --json`.

    group: the heading under which menus list it. included: the weights come with the engine; fetchable:
    `depth-engine models fetch NAME` downloads them. folder: where fetched weights lie. licence_url, licence_summary:
    what to read before a download; accepted: it was accepted on this machine. bytes_here: how much of size_bytes lies
    here, a half download included. unchanged: no file here was changed since it was found to be the published one.
    """

    name: str
    title: str
    kind: Literal["disparity", "metric"]
    temporal: bool
    licence: str
    commercial_use: bool
    summary: str
    installed: bool
    size_bytes: int
    group: str = ""
    included: bool = True
    fetchable: bool = False
    folder: str = ""
    licence_url: str = ""
    licence_summary: str = ""
    accepted: bool = False
    bytes_here: int = 0
    unchanged: bool = True


@dataclass(frozen=True, slots=True)
class ModelList:
    models: tuple[ModelEntry, ...]
    contract_version: int = CONTRACT_VERSION


# --- the job folder --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The paths of a job folder, and what may be done with it from either side."""

    path: Path

    @property
    def job_file(self) -> Path:
        return self.path / "job.json"

    @property
    def events_file(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def log_file(self) -> Path:
        return self.path / "engine.log"

    @property
    def manifest_file(self) -> Path:
        return self.path / "manifest.json"

    @property
    def checkpoint_file(self) -> Path:
        """From where the job can go on; it exists once a part of an unfinished job is safe on disk."""
        return self.path / "checkpoint" / "state.safetensors"

    @property
    def lock_file(self) -> Path:
        return self.path / "lock"

    @property
    def cancel_file(self) -> Path:
        return self.path / "cancel"

    def write_job(self, job: Job) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        write_text(self.job_file, to_json(job))

    def read_job(self) -> Job:
        """Raises DepthError BAD_JOB or CONTRACT_MISMATCH when job.json is not a job of this contract."""
        return _read(self.job_file, Job)

    def read_manifest(self) -> Manifest | None:
        """None until the job has succeeded. Raises DepthError when the manifest is damaged or of another version."""
        return _read(self.manifest_file, Manifest) if self.manifest_file.exists() else None

    def read_events(self) -> Iterator[Event]:
        if self.events_file.exists():
            with self.events_file.open(encoding="utf-8", errors="replace") as lines:
                yield from (event for event in map(decode_event, lines) if event)

    def request_cancel(self) -> None:
        self.cancel_file.touch()

    def is_running(self) -> bool:
        """Whether an engine holds the job's lock now (probing holds it for an instant: engines wait a little)."""
        if not self.lock_file.exists():
            return False
        lock = JobLock(self.lock_file)
        if not lock.acquire():
            return True
        lock.release()
        return False


class JobLock:
    """An operating-system lock on a file. It goes with the process that holds it, however that process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def acquire(self, wait_seconds: float = 0.0) -> bool:
        """Take the lock; False when another process (or another lock object) still holds it after the wait."""
        deadline = time.monotonic() + wait_seconds
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        while True:
            try:
                _lock(handle)
            except OSError:
                if time.monotonic() >= deadline:
                    os.close(handle)
                    return False
                time.sleep(0.05)
            else:
                self._handle = handle
                return True

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_text(path: Path, text: str) -> None:
    """Write a file so that it exists whole or not at all: beside, then renamed."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def user_data_folder() -> Path:
    """Where the engine's environment, caches and the note on where it lies are kept for this user.

    ESTIMATE_DEPTH_HOME overrides it. `engine.json` in it, written by the installer, names the engine's command:
    {"command": "/path/to/depth-engine"}.
    """
    override = os.environ.get("ESTIMATE_DEPTH_HOME")
    if override:
        return Path(override)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "estimate_depth"


# --- JSON ------------------------------------------------------------------------------------------------------


def to_json(value: Any) -> str:
    """Readable JSON of a dataclass of this module."""
    return json.dumps(dataclasses.asdict(value), indent=1) + "\n"


def from_json(kind: type[T], data: Any, where: str) -> T:
    """Build `kind`, a dataclass of this module, from parsed JSON with every field's type checked.

    Raises DepthError BAD_JOB that names the field in words: `where` is how the whole thing is called.
    """
    return cast(T, _convert(kind, data, where))


def load(kind: type[T], text: str, where: str) -> T:
    """Parse the text of a job, manifest, plan, diagnosis or model list; raises DepthError as `from_json` does."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DepthError(ExitCode.BAD_JOB, f"{where} is not valid JSON ({error}).", "Write it again.") from None
    version = cast("dict[str, Any]", data).get("contract_version") if isinstance(data, dict) else None
    if isinstance(version, int) and version != CONTRACT_VERSION:
        raise DepthError(
            ExitCode.CONTRACT_MISMATCH,
            f"{where} speaks contract version {version}, but this side speaks {CONTRACT_VERSION}.",
            "Update the extension and the engine to the same release.",
        )
    return from_json(kind, data, where)


def _read(path: Path, kind: type[T]) -> T:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise DepthError(ExitCode.BAD_JOB, f"Cannot read {path}: {reason}.", "Start a new job.") from None
    return load(kind, text, path.name)


def _wrong(where: str, wanted: str, data: Any) -> DepthError:
    shown = json.dumps(data)[:60] if not isinstance(data, (dict, list)) else type(cast(object, data)).__name__
    return DepthError(ExitCode.BAD_JOB, f"{where} must be {wanted}, not {shown}.", "Correct it and start again.")


_PLAIN: dict[Any, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def _convert(kind: Any, data: Any, where: str) -> Any:
    """Check and convert parsed JSON to a type: plain types, Literal, unions, tuples, dicts and dataclasses."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if kind in _PLAIN:
        if type(data) is not kind:
            raise _wrong(where, _PLAIN[kind], data)
        return data
    if origin is Literal:
        if data not in arguments:
            raise _wrong(where, "one of " + ", ".join(map(str, arguments)), data)
        return data
    if origin in (typing.Union, types.UnionType):
        return _convert_union(arguments, data, where)
    if origin is tuple:
        return _convert_tuple(arguments, data, where)
    if origin is dict:
        if not isinstance(data, dict):
            raise _wrong(where, "an object", data)
        items = cast("dict[str, Any]", data).items()
        return {key: _convert(arguments[1], value, f"{where}.{key}") for key, value in items}
    return _convert_dataclass(kind, data, where)


def _convert_union(kinds: tuple[Any, ...], data: Any, where: str) -> Any:
    if data is None and type(None) in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not type(None))
    if len(kinds) == 1:
        return _convert(kinds[0], data, where)
    # Several dataclasses: their `type` field tells them apart.
    tags = {kind.__dataclass_fields__["type"].default: kind for kind in kinds}
    tag = cast("dict[str, Any]", data).get("type") if isinstance(data, dict) else None
    if not isinstance(tag, str) or tag not in tags:
        raise _wrong(f"{where}.type", "one of " + ", ".join(tags), tag)
    return _convert(tags[tag], data, where)


def _convert_tuple(kinds: tuple[Any, ...], data: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(data, (list, tuple)):
        raise _wrong(where, "a list", data)
    values = cast("list[Any]", data)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(values)
    if len(values) != len(kinds):
        raise _wrong(where, f"a list of {len(kinds)}", values)
    return tuple(_convert(kind, value, f"{where}[{i}]") for i, (kind, value) in enumerate(zip(kinds, values)))


@functools.cache
def _fields(kind: Any) -> tuple[dict[str, Any], dict[str, dataclasses.Field[Any]]]:
    """The types and the fields of a dataclass by name; kept, for a long clip's manifest has thousands of records."""
    return typing.get_type_hints(kind), {spec.name: spec for spec in dataclasses.fields(kind)}


def _convert_dataclass(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise _wrong(where, "an object", data)
    values = cast("dict[str, Any]", data)
    hints, known = _fields(kind)
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise DepthError(
            ExitCode.BAD_JOB,
            f"{where} has the unknown field {unknown[0]!r}.",
            "Known fields: " + ", ".join(known) + ".",
        )
    for name, spec in known.items():
        required = spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING
        if required and name not in values:
            raise DepthError(ExitCode.BAD_JOB, f"{where} lacks the field {name!r}.", "Add it and start again.")
    return kind(**{name: _convert(hints[name], value, f"{where}.{name}") for name, value in values.items()})
