# SPDX-License-Identifier: GPL-3.0-or-later
"""The lists that panels show: Blender draws a list from a collection, so the session's jobs are mirrored in one.

They belong to the window manager: no undo, no file. A row holds a name only; what it tells is the session's.
"""

from typing import TYPE_CHECKING, cast

import bpy

from .engine.contract import ModelEntry
from .engine.job import ENDED, FollowedJob, State


class DepthRow(bpy.types.PropertyGroup):
    """`name` is a job's folder, or a model's name."""


class DepthLists(bpy.types.PropertyGroup):
    """The rows of each list, and which of them is selected."""

    if TYPE_CHECKING:
        jobs: bpy.types.bpy_prop_collection_idprop[DepthRow]
        job: int
        results: bpy.types.bpy_prop_collection_idprop[DepthRow]
        result: int
        models: bpy.types.bpy_prop_collection_idprop[DepthRow]
        model: int
    else:
        jobs: bpy.props.CollectionProperty(type=DepthRow)
        job: bpy.props.IntProperty(name="Job", description="The job whose details are shown below")
        results: bpy.props.CollectionProperty(type=DepthRow)
        result: bpy.props.IntProperty(name="Result", description="The result whose details are shown below")
        models: bpy.props.CollectionProperty(type=DepthRow)
        model: bpy.props.IntProperty(name="Model", description="The model whose details are shown below")


CLASSES = (DepthRow, DepthLists)


def lists_of(context: bpy.types.Context) -> DepthLists:
    return cast(DepthLists, getattr(context.window_manager, "estimate_depth"))


def selected(rows: "bpy.types.bpy_prop_collection_idprop[DepthRow]", number: int) -> str:
    """The name of the selected row; empty if none is."""
    return rows[number].name if 0 <= number < len(rows) else ""


def mirror(lists: DepthLists, jobs: list[FollowedJob], previews: set[FollowedJob], models: list[ModelEntry]) -> None:
    """Bring the lists up to date; what is selected stays selected. Not while drawing.

    Jobs: what runs and waits in its order, then what failed or was cancelled, the newest first. Results: the newest
    first. Previews are shown elsewhere. Models: those that are here first.
    """
    queue = [job for job in jobs if job.state not in ENDED]
    ended = [job for job in reversed(jobs) if job.state in (State.FAILED, State.CANCELLED) and job not in previews]
    done = [job for job in reversed(jobs) if job.state is State.DONE and job not in previews]
    lists.job = _fill(lists.jobs, lists.job, _folders([*queue, *ended]))
    lists.result = _fill(lists.results, lists.result, _folders(done))
    installed_first = sorted(models, key=lambda model: not model.installed)
    lists.model = _fill(lists.models, lists.model, [model.name for model in installed_first])


def _folders(jobs: list[FollowedJob]) -> list[str]:
    return [str(job.folder.path) for job in jobs]


def _fill(rows: "bpy.types.bpy_prop_collection_idprop[DepthRow]", number: int, names: list[str]) -> int:
    """Make these the rows; the number of the row that is selected then."""
    before = [row.name for row in rows]
    if names == before:
        return number
    kept = before[number] if 0 <= number < len(before) else ""
    rows.clear()
    for name in names:
        rows.add().name = name
    return names.index(kept) if kept in names else max(0, min(number, len(names) - 1))


def register() -> None:
    for kind in CLASSES:
        bpy.utils.register_class(kind)
    setattr(bpy.types.WindowManager, "estimate_depth", bpy.props.PointerProperty(type=DepthLists))


def unregister() -> None:
    delattr(bpy.types.WindowManager, "estimate_depth")
    for kind in reversed(CLASSES):
        bpy.utils.unregister_class(kind)
