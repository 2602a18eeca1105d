# SPDX-License-Identifier: Apache-2.0
"""An exported network at work, called as the torch modules that it was made of would be."""

from __future__ import annotations

import gc
from collections.abc import Callable

import torch
from torch import Tensor

from depth_engine.models.base import ExecutionPlan
from depth_engine.runtimes.graphs import Build, GraphKey, graph_files
from depth_engine.runtimes.sessions import Session, open_session

Graph = Callable[..., tuple[Tensor, ...]]
"""Tensors in, tensors out, float32 on the CPU, of the shapes that were exported."""


def open_network(key: GraphKey, plan: ExecutionPlan, build: Build) -> dict[str, Graph]:
    """The network's parts, ready to compute as the plan says, by the names that `build` gives them.

    Raises RuntimeUnavailable where they cannot be exported, kept or loaded.
    """
    files = graph_files(key, build)
    gc.collect()  # what was built for the export is not needed beside what runs
    return {name: _graph(open_session(path, plan.runtime, plan.precision)) for name, path in files.items()}


def _graph(session: Session) -> Graph:
    def run(*inputs: Tensor) -> tuple[Tensor, ...]:
        outputs = session([each.contiguous().numpy() for each in inputs])
        return tuple(torch.as_tensor(each) for each in outputs)

    return run
