# SPDX-License-Identifier: Apache-2.0
"""The contract between the Blender extension and the engine: jobs, events, results and exit codes.

Both sides share this package, so it imports nothing but the standard library and itself. A job is a folder:

    job.json        the request, written by the caller
    events.jsonl    one event a line, appended and flushed by the engine
    engine.log      what the engine process printed
    depth/ png16/ npz/ proxy/ preview/
    checkpoint/     what a job that was broken off needs to go on; gone after success, as is work/
    manifest.json   the result, written last: it exists if and only if the job succeeded
    calibration.json  scale and shift of the disparity, where they have been fitted (`depth-engine calibrate`)
    lock            held by the running engine (an operating-system lock)
    cancel          made by the caller to stop the engine
    normals/ lighting/
                    what the task "normals" leaves, with normals/normals.json as the last file
    tasks/          work on the finished result: job folders of their own, whose answer.json takes the manifest's place

Paths inside the manifest are relative to the job folder and use forward slashes.
"""

from __future__ import annotations

from .answers import Check, Diagnosis, ModelEntry, ModelList, Plan, Problem
from .calibration import CalibrateJob, Calibration, DepthObservation, ShotCalibration
from .codec import CONTRACT_VERSION, from_json, load, to_json
from .errors import DepthError, ExitCode
from .events import (
    EVENTS,
    Cancelled,
    Done,
    Download,
    Event,
    Failed,
    Fetched,
    FramesWritten,
    Phase,
    PhaseChanged,
    PreviewReady,
    Progress,
    Resumed,
    Started,
    TaskStarted,
    WarningRaised,
    decode_event,
    encode_event,
)
from .folder import JobFolder, JobLock, user_data_folder, write_text
from .request import Format, ImagesSource, Job, JobKind, MovieSource, Options, Source, clip_name, is_rate
from .result import Execution, FrameRecord, Manifest, ModelFacts, Seam, Sequence, ShotRange, SourceFacts
from .tasks import TASKS, Answer, NormalsAnswer, NormalsJob, PixelPosition, SampleAnswer, SampleJob, Task, TaskKind

__all__ = [
    "CONTRACT_VERSION",
    "EVENTS",
    "TASKS",
    "Answer",
    "CalibrateJob",
    "Calibration",
    "Cancelled",
    "Check",
    "DepthError",
    "DepthObservation",
    "Diagnosis",
    "Done",
    "Download",
    "Event",
    "Execution",
    "ExitCode",
    "Failed",
    "Fetched",
    "Format",
    "FrameRecord",
    "FramesWritten",
    "ImagesSource",
    "Job",
    "JobFolder",
    "JobKind",
    "JobLock",
    "Manifest",
    "ModelEntry",
    "ModelFacts",
    "ModelList",
    "MovieSource",
    "NormalsAnswer",
    "NormalsJob",
    "Options",
    "Phase",
    "PhaseChanged",
    "PixelPosition",
    "Plan",
    "PreviewReady",
    "Problem",
    "Progress",
    "Resumed",
    "SampleAnswer",
    "SampleJob",
    "Seam",
    "Sequence",
    "ShotCalibration",
    "ShotRange",
    "Source",
    "SourceFacts",
    "Started",
    "Task",
    "TaskKind",
    "TaskStarted",
    "WarningRaised",
    "clip_name",
    "decode_event",
    "encode_event",
    "from_json",
    "is_rate",
    "load",
    "to_json",
    "user_data_folder",
    "write_text",
]
