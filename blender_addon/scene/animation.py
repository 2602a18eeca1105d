# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys onto a property, thousands at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, cast

import bpy

from .. import compat
from .timing import Key

# Values of a keyframe's `interpolation`, as foreach_set wants them.
_CONSTANT, _LINEAR = 0, 1


def set_keys(owner: bpy.types.ID, data_path: str, keys: Sequence[Key], index: int = -1) -> None:
    """Replace the animation of one property by these keys; without any, the property is left free.

    index: which number of a vector; -1 for a property that is none.
    """
    _remove(owner, data_path, index)
    if not keys:
        return
    owner.keyframe_insert(data_path, index=index, frame=keys[0].frame)
    curves = compat.fcurves(owner)
    curve = curves.find(data_path, index=max(index, 0)) if curves else None
    if curve is None:
        raise RuntimeError(f"Blender did not key {data_path}.")
    points = cast("Any", curve.keyframe_points)
    points.add(len(keys) - 1)
    points.foreach_set("co", list(chain.from_iterable((key.frame, key.value) for key in keys)))
    points.foreach_set("interpolation", [_CONSTANT if key.hold else _LINEAR for key in keys])
    curve.extrapolation = "CONSTANT"
    curve.update()


def _remove(owner: bpy.types.ID, data_path: str, index: int) -> None:
    curves = compat.fcurves(owner)
    curve = curves.find(data_path, index=max(index, 0)) if curves else None
    if curves and curve:
        curves.remove(curve)


def drive(
    owner: bpy.types.bpy_struct,
    data_path: str,
    variables: Mapping[str, tuple[bpy.types.ID, str]],
    expression: str | None = None,
    index: int = -1,
) -> None:
    """Drive a free property by others: by their sum, or by an expression that is simple enough to need no Python.

    variables: by name, the datablock and the data path from it.
    """
    curve = cast(bpy.types.FCurve, owner.driver_add(data_path, index))
    driver = cast(bpy.types.Driver, curve.driver)
    driver.type = "SCRIPTED" if expression else "SUM"
    for name, (source, path) in variables.items():
        variable = driver.variables.new()
        variable.name = name
        target = variable.targets[0]
        target.id_type = cast("Any", source.id_type)
        target.id = source
        target.data_path = path
    if expression:
        driver.expression = expression


def release(owner: bpy.types.ID, data_path: str) -> bool:
    """Take the driver of a property away; False if it had none."""
    animation = cast("Any", owner).animation_data
    driver = animation.drivers.find(data_path) if animation else None
    if driver:
        animation.drivers.remove(driver)
    return driver is not None
