# SPDX-License-Identifier: Apache-2.0
"""Which device computes, how precisely, and how much memory it has left.

Only the CPU paths are tested by the project so far; CUDA, ROCm (torch calls it cuda too) and MPS follow torch's
documentation.
"""

from __future__ import annotations

import gc
from typing import Literal

import psutil
import torch

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.base import Precision

DTYPES: dict[Precision, torch.dtype] = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def devices() -> list[str]:
    """The devices that torch can compute on here, best first; "cpu" is always the last."""
    found = [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*filter(_computes, found), "cpu"]


def choose_device(wanted: str) -> str:
    """The device for "auto", "cpu", "cuda", "cuda:N" or "mps"; "auto" takes the best one.

    Raises DepthError NO_DEVICE that names what there is.
    """
    there = devices()
    if wanted == "auto":
        return there[0]
    device = "cuda:0" if wanted == "cuda" else wanted
    if device not in there:
        raise DepthError(
            ExitCode.NO_DEVICE,
            f"The device {wanted!r} is not there; this machine can compute on {' and '.join(there)}.",
            "Choose one of these, or auto. A graphics card counts only with a build of torch that supports it.",
        )
    return device


def choose_precision(
    wanted: Literal["auto"] | Precision, device: str, half: Literal["fp16", "bf16"] = "bf16"
) -> Precision:
    """The number format for "auto": the quickest that the device computes in hardware; else what is wanted.

    half: what the model is computed in on a graphics card that has both. On a CPU, bfloat16 is quicker than float32
    only with AVX512-BF16 or AMX (several times slower without: the format is then emulated), which is what torch
    reports about the processor; float16 never is, so there bfloat16 stands for either.
    """
    if wanted != "auto":
        return wanted
    if device == "cpu":
        has = torch.cpu.get_capabilities()
        return "bf16" if has.get("avx512_bf16") or has.get("amx_bf16") else "fp32"
    if device == "mps":
        return "fp16"
    if half == "bf16" and torch.cuda.is_bf16_supported(including_emulation=False):
        return "bf16"
    return "fp16" if torch.cuda.get_device_capability(device) >= (7, 0) else "fp32"


def free_memory(device: str) -> int:
    """Bytes that a new computation on the device can still have."""
    if device == "cpu":
        return psutil.virtual_memory().available
    if device == "mps":
        return max(0, torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    free, _total = torch.cuda.mem_get_info(device)
    return free


def release_memory(device: str) -> None:
    """Give memory back that a model no longer uses; nothing may refer to the model any more."""
    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()


def describe(device: str) -> str:
    """The device's name for people, e.g. "NVIDIA GeForce RTX 4090 (cuda:0)"."""
    if device == "cpu":
        return f"CPU, {torch.get_num_threads()} threads"
    return "Apple GPU (mps)" if device == "mps" else f"{torch.cuda.get_device_name(device)} ({device})"


def _computes(device: str) -> bool:
    """Whether this build of torch has kernels for a device that it lists: on an old card already a sum fails."""
    try:
        return (torch.ones(2, device=device) + 1).sum().item() == 4
    except RuntimeError:
        return False
