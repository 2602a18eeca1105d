# SPDX-License-Identifier: Apache-2.0
"""How the models that come with the engine are made: data and training."""
