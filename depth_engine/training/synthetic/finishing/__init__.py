# SPDX-License-Identifier: Apache-2.0
"""From what Blender rendered to footage: geometry, weather, lens, exposure, delivery. Depth is never touched."""
