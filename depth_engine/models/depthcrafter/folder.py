# SPDX-License-Identifier: Apache-2.0
"""The folder of DepthCrafter's weights."""

from __future__ import annotations

from depth_engine.models.svd.folder import Layout

LAYOUT = Layout("depthcrafter", "DepthCrafter")
