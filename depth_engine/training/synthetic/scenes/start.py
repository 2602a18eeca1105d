# SPDX-License-Identifier: Apache-2.0
"""The script that Blender runs: loads this folder as a package of its own, whatever else Python could find.

Either `blender --background --factory-startup --python start.py` or `python start.py` with the bpy module.
"""

import importlib
import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location(
    "depth_engine_scenes", HERE / "__init__.py", submodule_search_locations=[str(HERE)]
)
if not spec or not spec.loader:
    raise ImportError(f"{HERE} is no package")
package = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = package
spec.loader.exec_module(package)
importlib.import_module("depth_engine_scenes.service").serve()
