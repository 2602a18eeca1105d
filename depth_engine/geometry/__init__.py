# SPDX-License-Identifier: Apache-2.0
"""Depth as geometry: normals and what belongs to them."""
