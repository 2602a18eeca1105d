# SPDX-License-Identifier: GPL-3.0-or-later
"""Estimate Depth: footage in the Video Sequencer becomes animated reliefs and point clouds."""

from .registration import register, unregister

__all__ = ["register", "unregister"]
