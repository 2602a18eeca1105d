# SPDX-License-Identifier: Apache-2.0
"""Runs inside Blender (4.2 or newer): builds a scene from a seed and renders its frames.

Uses bpy, mathutils, the numpy that Blender brings and the standard library, nothing of the engine. Metres; z is up.
"""
