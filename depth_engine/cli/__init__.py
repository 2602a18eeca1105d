# SPDX-License-Identifier: Apache-2.0
"""The command line: `depth-engine`."""

from depth_engine.cli.main import main

__all__ = ["main"]
