# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures as the user interface writes them. Plain text: no bpy."""


def data_size(count: int) -> str:
    """Bytes in the unit that suits: 340 MB, 1.2 GB."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count / 1e3:.0f} KB"


def duration(seconds: float) -> str:
    """A time that is known roughly: 40 s, 3 min, 2 h 5 min."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
