# SPDX-License-Identifier: GPL-3.0-or-later
"""Reliefs and points as files for other programs, each frame as it is in the scene."""

from .exporting import FORMATS, Exported, complete, estimate_bytes, export, format_refusal
from .format import Format
from .settings import MEGABYTE, PRESETS, ExportSettings
from .source import Source, find_source, refusal

__all__ = [
    "FORMATS",
    "MEGABYTE",
    "PRESETS",
    "ExportSettings",
    "Exported",
    "Format",
    "Source",
    "complete",
    "estimate_bytes",
    "export",
    "find_source",
    "format_refusal",
    "refusal",
]
