# SPDX-License-Identifier: Apache-2.0
"""What the models made from Stable Video Diffusion XT share: its networks, made quicker, and what they cost."""
