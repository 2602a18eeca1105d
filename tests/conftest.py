# SPDX-License-Identifier: GPL-3.0-or-later
"""What all layers of tests share: where pictures go."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-pictures", action="store_true", help="renew the pictures in docs/images")


@pytest.fixture(scope="session")
def picture_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where tests put pictures: docs/images with --update-pictures, else a temporary folder."""
    if request.config.getoption("--update-pictures"):
        return ROOT / "docs" / "images"
    return tmp_path_factory.mktemp("images")
