# SPDX-License-Identifier: Apache-2.0
"""Noise levels and the Euler step (Karras et al. 2022, "Elucidating the design space", sections 3 and 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

RHO = 7.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """sigmas: float32 [S+1], falling, the last one 0.

    The operations and their order are those of diffusers' EulerDiscreteScheduler, so that float32 results are equal.
    """

    sigmas: Tensor

    @staticmethod
    def karras(steps: int, sigma_min: float, sigma_max: float) -> Schedule:
        """sigma_i = (max^(1/7) + i/(S-1) (min^(1/7) - max^(1/7)))^7 for i < S, then 0."""
        high, low = sigma_max ** (1 / RHO), sigma_min ** (1 / RHO)
        sigmas = (high + np.linspace(0, 1, steps) * (low - high)) ** RHO
        return Schedule(torch.as_tensor(np.append(sigmas, 0.0).astype(np.float32)))

    @property
    def steps(self) -> int:
        return len(self.sigmas) - 1

    @property
    def initial_scale(self) -> Tensor:
        """What unit-normal noise is multiplied with: sqrt(sigma_0^2 + 1)."""
        return (self.sigmas[0] ** 2 + 1) ** 0.5

    def noise_level(self, step: int) -> Tensor:
        """c_noise, what the network is told of sigma: 0.25 ln sigma."""
        return 0.25 * self.sigmas[step].log()

    def scaled(self, sample: Tensor, step: int) -> Tensor:
        """The network's input, c_in x, with c_in = 1 / sqrt(sigma^2 + 1)."""
        return sample / ((self.sigmas[step] ** 2 + 1) ** 0.5)

    def euler(self, sample: Tensor, output: Tensor, step: int) -> Tensor:
        """X at the next sigma. output: F; the clean estimate is c_out F + c_skip x, with c_skip = 1 / (sigma^2 + 1)
        and c_out = -sigma / sqrt(sigma^2 + 1).
        """
        sigma, following = self.sigmas[step], self.sigmas[step + 1]
        clean = output * (-sigma / (sigma**2 + 1) ** 0.5) + sample / (sigma**2 + 1)
        return sample + (sample - clean) / sigma * (following - sigma)
