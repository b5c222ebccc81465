"""What a template version gives for some answers."""

import subprocess
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import render, source
from ..catalog import Value
from ..errors import UpdateError
from . import tree
from .tree import File


def current(answers: Mapping[str, Value]) -> dict[str, File]:
    """Return the files that this version gives.

    Raises:
        RenderError: the template cannot be rendered with these answers.
    """
    with tempfile.TemporaryDirectory(dir=source.scratch()) as name:
        folder = Path(name) / "project"
        render.write(answers, folder)
        return tree.read_all(folder)


def recorded(address: str, version: str | None, answers: Mapping[str, Any], project: str) -> dict[str, File]:
    """Return the files that a version of a template gives, rendered by copier.

    Args:
        address: the template's address, as the answers file of a project has it.
        version: tag or commit; None for the newest tag.
        answers: those that the project has; questions that are not among them get their default.
        project: name of the project's folder.

    Raises:
        UpdateError: the version cannot be had or rendered.
    """
    import copier
    from copier.errors import CopierError

    with tempfile.TemporaryDirectory(dir=source.scratch()) as name:
        folder = Path(name) / project
        try:
            with source.offline(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                copier.run_copy(
                    address, folder, data=dict(answers), vcs_ref=version, defaults=True, overwrite=True, quiet=True
                )
        except (CopierError, ValueError) as error:
            raise UpdateError(f"template version {version or 'newest'} cannot be rendered: {error}") from error
        except (OSError, subprocess.CalledProcessError) as error:  # copier's own Git errors are OSErrors
            detail = getattr(error, "stderr", None) or error
            raise UpdateError(
                f"template version {version or 'newest'} cannot be rendered: {str(detail).strip()}"
            ) from error
        return tree.read_all(folder)
