# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents say what is true: links lead somewhere, commands and options exist, no failure goes unexplained."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from depth_engine.contract import ExitCode

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
GROUPS = ("models", "bench", "train")
"""Commands that have commands."""

ENGINE = Path(sys.prefix) / ("Scripts" if sys.platform == "win32" else "bin") / "depth-engine"


@cache
def help_of(*command: str) -> str:
    env = os.environ | {"COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run([*command, "--help"], capture_output=True, text=True, check=True, env=env).stdout


def commands(program: str) -> list[tuple[str, list[str]]]:
    """Every line in the documents' code blocks that runs `program`: the document's name and the words."""
    fence = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
    return [
        (document.name, shlex.split(line.strip().removeprefix(program), comments=True))
        for document in DOCUMENTS
        for block in fence.findall(document.read_text(encoding="utf-8"))
        for line in block.replace("\\\n", " ").splitlines()
        if line.strip().startswith(program)
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_pictures_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r'src="([^"]+)"', text)
    for target in targets:
        if not target.startswith(("http://", "https://")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_exit_code_is_explained() -> None:
    text = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", text, re.MULTILINE)
    assert rows == [(str(code.value), code.name) for code in ExitCode]


@pytest.mark.parametrize(
    ("program", "runs"),
    [
        ("python3 install.py", (sys.executable, str(ROOT / "install.py"))),
        ("depth-engine", (str(ENGINE),)),
    ],
)
def test_documented_commands_and_options_exist(program: str, runs: tuple[str, ...]) -> None:
    documented = commands(program)
    assert documented
    for document, words in documented:
        own = words[: words.index("--")] if "--" in words else words
        if not own or own[0].startswith("-"):
            continue
        group = own[0] in GROUPS and len(own) > 1 and not own[1].startswith("-")
        known = help_of(*runs, *own[: 2 if group else 1])
        for word in own:
            if word.startswith("-"):
                assert re.search(rf"(?<![\w-]){re.escape(word.split('=')[0])}(?![\w-])", known), f"{document}: {own}"
