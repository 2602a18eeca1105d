# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine as seen from Blender: find, ask, start and follow it. Imports no bpy, only the standard library."""
