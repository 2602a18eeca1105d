# SPDX-License-Identifier: Apache-2.0
"""`python -m depth_engine` is `depth-engine`."""

from depth_engine.cli import main

main()
