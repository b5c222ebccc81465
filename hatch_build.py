"""Build hook: ships the template, compiled too, and every released version of it as a Git bundle."""

import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = "src/mlops_new/template.bundle"


class ShippedTemplate(BuildHookInterface[Any]):
    """Adds `mlops_new/template.bundle` to wheel and sdist, and to the wheel what creating a project needs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make all of it from the checkout; an unpacked sdist has the bundle already, with every released version."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))  # the package is not installed while it is built
        from mlops_new import bundle
        from mlops_new.template import Template

        made = root / BUNDLE
        is_sdist = (root / "PKG-INFO").exists()
        if not (is_sdist and made.exists()):
            bundle.build(root, made, self.metadata.version, release=True)
        include = build_data["force_include"]
        if self.target_name == "sdist":
            include[str(made)] = BUNDLE
            return
        include[str(made)] = "mlops_new/template.bundle"
        include[str(root / "CHANGELOG.md")] = "mlops_new/CHANGELOG.md"
        files = bundle.files(root)
        include.update({str(root / file): f"mlops_new/shipped/{file}" for file in files})
        compiled = root / "build" / "compiled"
        shutil.rmtree(compiled, ignore_errors=True)
        Template(root, files, compiled).compile()
        modules = compiled.glob("*/*.py")
        include.update({str(file): f"mlops_new/compiled/{file.relative_to(compiled)}" for file in modules})
