# SPDX-License-Identifier: Apache-2.0
"""The published models: what they are called, under which licence they are, and which files they are made of.

Sizes and SHA-256 are facts of public pages, read in November 2026, and of no file of ours:

- V2 Small and V2 Small metric indoor: all three files as pinned by many public projects that check them after download.
- V2 Large, model.safetensors: revision, length and SHA-256 in the model lists of several public projects.
- Metric models, model.safetensors: revisions and SHA-256 in TU Ilmenau's nicr-scene-analysis-datasets
  (src/nicr_scene_analysis_datasets/auxiliary_data/depth_estimation/hugging_face.py, commit 742fab2).
- V2 Base, V1 Small and V1 Large: revisions in public projects, no checksum. V1 Base: not even a revision.
- Lengths that no list has follow from the format: files of one size hold the same tensors in float32, and the tables in
  tests/data/parameters give the known lengths of Small and Large.

Licences: V1's author says that its weights are under Apache-2.0 (github.com/LiheYoung/Depth-Anything/issues/15). V2's
README: Small Apache-2.0, Base and Large CC-BY-NC-4.0. It says nothing of the metric models, nor do their pages, and the
question stands open (github.com/DepthAnything/Depth-Anything-V2/issues/245).
"""

from __future__ import annotations

from typing import Literal

from depth_engine.models.base import Kind, ModelInfo, WeightFile

Size = Literal["small", "base", "large"]
Family = Literal["v1", "v2", "v2_metric_indoor", "v2_metric_outdoor"]

LENGTHS: dict[Size, int] = {"small": 99_173_660, "base": 389_916_980, "large": 1_341_322_868}
"""Of model.safetensors, in bytes."""

CONFIG, PREPROCESSOR, WEIGHTS = "config.json", "preprocessor_config.json", "model.safetensors"

TITLES: dict[Family, str] = {
    "v1": "Depth Anything V1 {}",
    "v2": "Depth Anything V2 {}",
    "v2_metric_indoor": "Depth Anything V2 {}, metric indoor",
    "v2_metric_outdoor": "Depth Anything V2 {}, metric outdoor",
}
REPOS: dict[Family, str] = {
    "v1": "LiheYoung/depth-anything-{}-hf",
    "v2": "depth-anything/Depth-Anything-V2-{}-hf",
    "v2_metric_indoor": "depth-anything/Depth-Anything-V2-Metric-Indoor-{}-hf",
    "v2_metric_outdoor": "depth-anything/Depth-Anything-V2-Metric-Outdoor-{}-hf",
}
REVISIONS: dict[tuple[Family, Size], str] = {
    ("v2", "small"): "5426e4f0f36572d16453bbda7a8389317b1bef99",
    ("v2", "base"): "b1958afc87fb45a9e3746cb387596094de553ed8",
    ("v2", "large"): "7581137eff8d4e94f6e796d3baea0e9fa79b22d2",
    ("v2_metric_indoor", "small"): "8078d68a9c75a972131914f6afd0c1723be0da7f",
    ("v2_metric_indoor", "base"): "c6d9784685727bfc6d0a7b5452ce94afaee1e7f5",
    ("v2_metric_indoor", "large"): "d2fc6a93601aabb1139a3bf0ebfcb4e89c67817f",
    ("v2_metric_outdoor", "small"): "fd2c22027eaf20374204f14099b8341e1925ad39",
    ("v2_metric_outdoor", "base"): "5b575fded0346068343a6d96d0ce3ab6dbc9fb49",
    ("v2_metric_outdoor", "large"): "4eab4cf1983c2801c515804005214de56a4b67cc",
    ("v1", "small"): "25216a913fa218ccb7d58cce818d52b728b6c1f6",
    ("v1", "base"): "main",
    ("v1", "large"): "27ccb0920352c0c37b3a96441873c8d37bd52fb6",
}
"""In the order in which the models are listed."""

SHA256: dict[tuple[Family, Size], str] = {
    ("v2", "small"): "3152477ce0d8d6978d76b995120de97cb5b928701fd0f817769f59e249a16b70",
    ("v2", "large"): "4e01e34ed5549b529b70b92d53226bc370f03041977b390d3dde45d47f516cf9",
    ("v2_metric_indoor", "small"): "e990eb82fbf11b05b7813261196a2b841bdcf5a05f64396724a8987fa90504a3",
    ("v2_metric_indoor", "base"): "8b902f5d9a8c8a9520f3a8c6a00afe442b464eff5aaf0cb405d1da721cd9f79f",
    ("v2_metric_indoor", "large"): "04d3295ff4f9cbee72b8998a85930fe870b45ba4431e7af47415fbded02388ca",
    ("v2_metric_outdoor", "small"): "ad065c77a7421ca55159a1f0db9433397a607690f2d76bb8a6fc54b1be7a3124",
    ("v2_metric_outdoor", "base"): "1f2e9ed13ee39126686994669f8d1bfd9cd8f093a4d2a0891e5a0e5263b480c9",
    ("v2_metric_outdoor", "large"): "15f7de4b22f1b1194847ea694ee9ed6395563ba5cd52b70b87901f183c232c9a",
}
"""Of model.safetensors, where it is known."""

SMALL_FILES: dict[tuple[Family, Size], dict[str, tuple[int, str]]] = {
    ("v2", "small"): {
        CONFIG: (950, "c56698d3643dde1f83ea2212759e6b31a22b8f827246a36dd007ee8a22b3ff75"),
        PREPROCESSOR: (775, "d41175c0d889477ca8fc67191e540faef14baf6275157b3fdecf78469e6bbf84"),
    },
    ("v2_metric_indoor", "small"): {
        CONFIG: (1063, "0b1d9fc591693d16b864249a9cfcf5264c8c00be999c1643fa1c64dc105d55f8"),
        PREPROCESSOR: (437, "533b16a60445d7cab5086d39b45f92be45624b977972c62d5984d93e98366063"),
    },
}
"""Lengths and SHA-256 of the files beside it, where they are known."""

SUMMARIES: dict[Size, str] = {
    "small": "Quick, with crisp edges. Each frame on its own, so it flickers.",
    "base": "Between Small and Large. Each frame on its own, so it flickers.",
    "large": "The finest of its family; wants a graphics card. Each frame on its own, so it flickers.",
}
SCENES: dict[Family, str] = {"v2_metric_indoor": "Metres, in rooms. ", "v2_metric_outdoor": "Metres, in streets. "}


def info(family: Family, size: Size) -> ModelInfo:
    """What to know of one published model."""
    repo = REPOS[family].format(size if family == "v1" else size.capitalize())
    licence, commercial_use, licence_summary = _licence(family, size)
    files = {path: SMALL_FILES.get((family, size), {}).get(path, (0, "")) for path in (CONFIG, PREPROCESSOR)}
    files[WEIGHTS] = LENGTHS[size], SHA256.get((family, size), "")
    return ModelInfo(
        name=f"depth_anything_{family}_{size}",
        title=TITLES[family].format(size.capitalize()),
        kind=kind(family),
        temporal=False,
        licence=licence,
        commercial_use=commercial_use,
        summary=SCENES.get(family, "") + SUMMARIES[size],
        files=tuple(
            WeightFile(path, length, sha256, repo, REVISIONS[family, size], path)
            for path, (length, sha256) in files.items()
        ),
        included=False,
        window=1,
        group="Fast" if (family, size) == ("v2", "small") else "Baselines",
        licence_url=f"https://huggingface.co/{repo}",
        licence_summary=licence_summary,
        half_precision="fp16",
        settings=("stabilise",),
    )


def kind(family: Family) -> Kind:
    return "metric" if family in SCENES else "disparity"


def _licence(family: Family, size: Size) -> tuple[str, bool, str]:
    """The licence's name, whether it allows commercial use, and what it says in plain words."""
    if family in SCENES:
        return (
            "none stated for the metric weights",
            False,
            "The authors state no licence for these weights. Of the weights that they are made from, Small is under "
            "Apache-2.0; Base and Large are not for commercial use (CC-BY-NC-4.0). Ask them before commercial use.",
        )
    if family == "v1" or size == "small":
        return "Apache-2.0", True, "Free for any use, also commercial, if the licence and its notices are passed on."
    return "CC-BY-NC-4.0", False, "Not for commercial use; name the authors and pass the licence on."
