# SPDX-License-Identifier: Apache-2.0
"""Training data that Blender renders: scenes made from a seed, with exact depth, camera and flow.

scenes/ runs inside Blender and imports nothing of the engine; the rest runs in the engine and imports no bpy:
catalogue (which clip a seed stands for), blender (programs that can render), generate (the work), finishing/ (from
linear colour to footage), clips (the folder of a clip), survey (statistics and the contact sheet).
"""

GENERATOR_VERSION = 5
"""Goes up whenever the same seed gives other pixels."""
