# SPDX-License-Identifier: Apache-2.0
"""How good depth is: against known depth, and over time."""
