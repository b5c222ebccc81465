"""Kustomizations and Helm charts: they are built, and what comes out is judged like any manifest."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from proof.linters.base import command

from . import core, custom, kserve
from .archives import program
from .documents import gather

Output = tuple[str, str, str]
"""A name for messages, the manifests, and what went wrong."""


def kustomize(folders: Sequence[Path]) -> str:
    """Build every kustomization below some folders."""
    return _judge([output for folder in folders for output in _kustomizations(folder)])


def helm(folders: Sequence[Path]) -> str:
    """Lint every chart below some folders, and render it with its values and with each other file of values."""
    return _judge([output for folder in folders for output in _charts(folder)])


def _kustomizations(folder: Path) -> Iterator[Output]:
    for path in sorted(folder.rglob("kustomization.yaml")):
        # A component can be built only by what includes it.
        if not re.search(r"^kind: Component$", path.read_text(encoding="utf-8"), re.MULTILINE):
            yield _output(str(path), program("kubectl"), "kustomize", path.parent)


def _charts(folder: Path) -> Iterator[Output]:
    for path in sorted(folder.rglob("Chart.yaml")):
        chart = path.parent
        yield str(path), "", command(program("helm"), "lint", "--strict", "--quiet", chart)
        for values in sorted({chart / "values.yaml", *chart.glob("values*.yaml")}):
            options = ("--values", values) if values.exists() else ()
            yield _output(f"{path} with {values.name}", program("helm"), "template", "release", chart, *options)


def _output(name: str, *parts: str | Path) -> Output:
    done = subprocess.run([str(part) for part in parts], capture_output=True, text=True)
    return (name, "", f"{name}: {done.stderr.strip()}") if done.returncode else (name, done.stdout, "")


def _judge(outputs: Sequence[Output]) -> str:
    manifests = gather((name, text) for name, text, _ in outputs)
    checks = (check(manifests.documents) for check in (core.check, custom.check, kserve.check))
    failures = [failure for _, _, failure in outputs if failure]
    return "\n".join([*failures, *manifests.complaints, *(problem for problems in checks for problem in problems)])
