# SPDX-License-Identifier: Apache-2.0
"""Estimate Depth's engine: depth for footage of any length. Importing it imports nothing heavy."""

__version__ = "0.1.0"
