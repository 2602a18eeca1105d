# SPDX-License-Identifier: Apache-2.0
"""Things that stand in scenes, each made anew at each call."""
