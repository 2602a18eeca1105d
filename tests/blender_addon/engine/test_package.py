# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path


def test_the_package_imports_only_itself_and_the_standard_library(part):
    folder = Path(part("job").__file__).parent
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                inside = len(path.relative_to(folder).parts)
                assert node.level <= inside, f"{path} imports from outside its folder"
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
                assert all(name.split(".")[0] in sys.stdlib_module_names for name in names), (path, names)


def test_it_works_without_blender(part):
    package = Path(part("job").__file__).parent
    code = (
        "import sys; sys.path.append(sys.argv[1]); import engine.queue, engine.query; assert 'bpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-I", "-c", code, str(package.parent)], check=True)
