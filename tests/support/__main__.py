# SPDX-License-Identifier: GPL-3.0-or-later
"""Make footage from the command line: python -m tests.support make_movie|make_images '{"path": …, "frames": …}'."""

from __future__ import annotations

import json
import sys

from tests.support.images import make_images
from tests.support.movies import make_movie, make_sound

if __name__ == "__main__":
    name, options = sys.argv[1:]
    {make.__name__: make for make in (make_movie, make_sound, make_images)}[name](**json.loads(options))
