"""Build hook: ships the template as a Git bundle, so that the installed wheel works offline and can update projects."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = "src/mlops_new/template.bundle"


class TemplateBundle(BuildHookInterface[Any]):
    """Adds `mlops_new/template.bundle` to wheel and sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the bundle from the checkout; an unpacked sdist has it already, with every released version."""
        if version == "editable":
            return
        root = Path(self.root)
        bundle = root / BUNDLE
        is_sdist = (root / "PKG-INFO").exists()
        if not (is_sdist and bundle.exists()):
            _bundle_module(root).build(root, bundle, self.metadata.version, release=True)
        target = BUNDLE if self.target_name == "sdist" else "mlops_new/template.bundle"
        build_data["force_include"][str(bundle)] = target


def _bundle_module(root: Path) -> ModuleType:
    """`mlops_new.bundle`, imported by path, since the package is not installed while it is built."""
    path = root / "src" / "mlops_new" / "bundle.py"
    spec = importlib.util.spec_from_file_location("mlops_new_bundle", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
