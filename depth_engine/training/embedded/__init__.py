# SPDX-License-Identifier: Apache-2.0
"""Training of the embedded model: Video Depth Anything's small network on our own renders, docs/training-embedded.md.

`recipe` says what is done, `training` does it stage by stage. Imports nothing heavy.
"""
