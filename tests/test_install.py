# SPDX-License-Identifier: GPL-3.0-or-later
"""install.py as a person runs it: what it says, what it builds, what it writes and what it removes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import depth_engine
from installer import environments, extension, record, system, uninstall
from installer.testing import Counts, Suite

ROOT = Path(__file__).resolve().parents[1]


def install(*arguments: str | Path, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run install.py; `home` keeps it away from the user's own data folder."""
    env = os.environ | ({"ESTIMATE_DEPTH_HOME": str(home)} if home else {})
    command = [sys.executable, ROOT / "install.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=home, check=False)


def test_help_names_every_command() -> None:
    done = install("--help")
    assert done.returncode == 0
    for command in ("demo", "test", "engine", "blender", "doctor", "uninstall"):
        assert command in done.stdout


def test_unknown_command_and_layer_are_refused() -> None:
    assert install("fly").returncode == 2
    done = install("test", "lint", "nonsense")
    assert done.returncode == 1
    assert "There is no test layer 'nonsense'" in done.stdout


def test_an_older_python_is_told_what_is_needed() -> None:
    source = (ROOT / "install.py").read_text(encoding="utf-8")
    pretend = f"import sys; sys.version_info = (3, 9, 2); exec(compile({source!r}, 'install.py', 'exec'))"
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_archive_is_the_same_for_the_same_files() -> None:
    files = extension.contents()
    assert extension.archive(files) == extension.archive(dict(files))


def test_the_archive_holds_the_add_on_the_contract_and_the_licences() -> None:
    with zipfile.ZipFile(io.BytesIO(extension.archive(extension.contents()))) as archive:
        names = set(archive.namelist())
        assert {"blender_manifest.toml", "__init__.py", "LICENSE", "engine/LICENSE-Apache-2.0.txt"} <= names
        shared = list((ROOT / "depth_engine" / "contract").glob("*.py"))
        assert len(shared) > 5
        for path in shared:
            assert archive.read(f"engine/contract/{path.name}") == path.read_bytes()
        manifest = tomllib.loads(archive.read("blender_manifest.toml").decode())
    assert manifest["id"] == extension.EXTENSION_ID
    assert manifest["version"] == depth_engine.__version__
    assert not [name for name in names if "__pycache__" in name or name.startswith(("tests/", "depth_engine/"))]
    assert {Path(name).suffix for name in names} <= {".py", ".toml", ".txt", ".svg", ".png", ".dat", ""}


def test_the_extension_imports_neither_the_engine_nor_torch() -> None:
    for name, data in extension.contents().items():
        if name.endswith(".py"):
            text = data.decode()
            assert "import torch" not in text and "import depth_engine" not in text, name
            assert "from depth_engine" not in text, name


def test_build_writes_a_valid_zip_and_leaves_an_unchanged_one_alone() -> None:
    assert install("blender", "--zip-only").returncode == 0
    archive = ROOT / "build" / "estimate_depth.zip"
    assert zipfile.ZipFile(archive).testzip() is None
    before = archive.stat().st_mtime_ns
    again = install("blender", "--zip-only")
    assert again.returncode == 0
    assert "Built" not in again.stdout
    assert archive.stat().st_mtime_ns == before


def test_a_blender_that_is_none_is_named(tmp_path: Path) -> None:
    fake = tmp_path / "blender"
    fake.write_text("#!/bin/sh\necho no blender\n")
    fake.chmod(0o755)
    done = install("blender", "--blender", fake, home=tmp_path)
    assert done.returncode == 1
    assert f"{fake} is not a Blender program." in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="the stand-in programs are scripts")
def test_an_older_blender_is_named(tmp_path: Path) -> None:
    old = tmp_path / "blender"
    old.write_text("#!/bin/sh\necho Blender 3.6.5\n")
    old.chmod(0o755)
    done = install("blender", "--blender", old, home=tmp_path)
    assert done.returncode == 1
    assert "Blender 3.6.5" in done.stdout
    assert "4.2 or newer" in done.stdout


def test_engine_writes_the_note_that_the_extension_reads(tmp_path: Path) -> None:
    done = install("engine", "--prefix", sys.prefix, home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    note = json.loads((tmp_path / "engine.json").read_text())
    command = Path(note["command"])
    assert command.exists()
    assert command.is_relative_to(sys.prefix)
    assert subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def test_engine_refuses_a_folder_with_other_files(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "holiday.jpg").write_bytes(b"jpeg")
    done = install("engine", "--prefix", tmp_path / "taken", home=tmp_path)
    assert done.returncode == 1
    assert "holds other files" in done.stdout
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["holiday.jpg"]


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, two environments of which one is not the installer's, and a build folder, all temporary."""
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(uninstall, "ENVIRONMENTS", tmp_path / ".venv")
    monkeypatch.setattr(uninstall, "BUILD", tmp_path / "build")
    for folder in ("engine", ".venv/blender-4.5", ".venv/foreign", "build", "home"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "file").write_text("content")
    for folder in ("engine", ".venv/blender-4.5"):
        (tmp_path / folder / environments.STAMP).write_text("[]")
    record.remember(engine=tmp_path / "engine")
    record.remember(engine=tmp_path / ".venv" / "foreign")
    (tmp_path / "home" / "engine.json").write_text("{}")
    return tmp_path


def test_uninstall_removes_what_was_installed_and_nothing_else(installation: Path) -> None:
    assert uninstall.uninstall(agreed=True) == 0
    left = sorted(str(path.relative_to(installation)) for path in installation.rglob("*") if path.is_file())
    assert left == [".venv/foreign/file", "home/file"]


def test_uninstall_asks_first(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(installation.rglob("*"))
    monkeypatch.setattr("builtins.input", lambda _question: "")
    assert uninstall.uninstall(agreed=False) == 0
    assert sorted(installation.rglob("*")) == before


def test_missing_libraries_are_named_with_the_command_that_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(system.LIBRARIES, "libnever.so.7", ("libnever7", "never"))
    monkeypatch.setattr(system.shutil, "which", lambda name: None)
    monkeypatch.setattr(system.sys, "platform", "linux")
    assert "libnever.so.7" in system.missing_libraries()
    assert system.fix(["libnever.so.7"]) == "sudo apt install libnever7"


PASSES, FAILS, SKIPS = (
    "def test_a(): pass\n",
    "def test_b(): assert 0\n",
    "import pytest\ndef test_c(): pytest.skip('no')\n",
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (PASSES, Counts(passed=1)),
        (PASSES + FAILS + SKIPS, Counts(1, 1, 1)),
        ("import pytest\n@pytest.fixture\ndef x(): 1 / 0\ndef test_d(x): pass\n", Counts(failed=1)),
        ("nonsense(", Counts(failed=1)),
        ("import os\ndef test_e(): os._exit(3)\n", Counts(failed=1)),
        ("", Counts(failed=1)),
    ],
    ids=["passes", "mixed", "error", "syntax", "crash", "empty"],
)
def test_a_layer_counts_what_pytest_found(source: str, expected: Counts, tmp_path: Path) -> None:
    file = tmp_path / "test_made.py"
    file.write_text(source)
    suite = Suite(Path(sys.prefix), tmp_path, ())
    assert suite.pytest("made", Path(sys.executable), str(file)) == expected


def test_the_last_line_is_the_count() -> None:
    assert str(Counts(3, 0, 1) + Counts(2, 1)) == "5 passed, 1 failed, 1 skipped"
