# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine as seen from Blender: find it, ask it, start it, follow its jobs. Imports no bpy; standard library only."""
