# SPDX-License-Identifier: Apache-2.0
"""Reading a checkpoint: a published .pth that may hold tensors only, or the same names as safetensors, also in int8."""

from __future__ import annotations

from pathlib import Path

import torch

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.tensors import check_tensors, read_tensors
from depth_engine.models.video_depth_anything.network import VideoDepthNetwork
from depth_engine.models.video_depth_anything.published import Architecture

UNUSED = {
    "pretrained.mask_token",
    *(
        f"head.scratch.refinenet4.resConfUnit1.{convolution}.{leaf}"
        for convolution in ("conv1", "conv2")
        for leaf in ("weight", "bias")
    ),
}
"""In the published files and in no computation: for masked pictures, and for a level beside the coarsest one."""


def load_network(architecture: Architecture, path: Path) -> VideoDepthNetwork:
    """The network with the file's parameters, as float32 on the CPU.

    Nothing in the file is ever executed. Raises DepthError BAD_WEIGHTS for anything but this network's parameters.
    """
    with torch.device("meta"):
        network = VideoDepthNetwork(architecture)
    expected = network.state_dict()
    try:
        found = read_tensors(path)
        check_tensors(found, expected, UNUSED)
    except ValueError as error:
        raise DepthError(
            ExitCode.BAD_WEIGHTS,
            f"{path} does not hold the weights of this model: {error}.",
            "Give a folder with this model's own weights, or leave --weights out.",
        ) from None
    network.load_state_dict({name: found[name].float() for name in expected}, strict=True, assign=True)
    return network
