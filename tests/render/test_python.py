"""The Python of a project: images and CI agree on it, and what is locked can be installed on each that is offered."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename
from trees import tree

from mlops_new.catalog import Value, load
from scripts.lock_template import lock_of, orchestrators, unconditional

Project = Callable[..., Path]

PYTHONS = [str(choice.value) for choice in load(ROOT).question("python").offered]
ORCHESTRATORS = orchestrators()
LINUX = {"sys_platform": "linux", "platform_system": "Linux"}
MACOS = {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"}
MACHINES = {
    "linux-x86_64": {**LINUX, "platform_machine": "x86_64"},
    "linux-aarch64": {**LINUX, "platform_machine": "aarch64"},
    "macos-arm64": MACOS,
}
COMPILED = {("watchdog", "3.14", "macos-arm64"): "what Dagster allows of it is older than Python 3.14"}
"""What needs a compiler, and on which Python and machine → why nothing can be done about it."""
PURE = {"kfp-server-api", "pyspark"}
"""What comes without wheels, but is plain Python, which needs no compiler."""
SITUATIONS: dict[str, dict[str, Value]] = {
    "laptop": {},
    "GitHub trains": {"cloud": "aws", "orchestrator": "ci"},
    "GitLab trains": {"cloud": "gcp", "orchestrator": "ci", "ci": "gitlab"},
    "own machines": {"cloud": "onprem", "orchestrator": "prefect"},
}


def requires(folder: Path) -> SpecifierSet:
    """The versions of Python on which a project says that it runs."""
    table = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    return SpecifierSet(table["project"]["requires-python"])


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("python", PYTHONS)
def test_images_and_ci_have_the_chosen_python(project: Project, python: str, situation: str) -> None:
    folder = project(python=python, **SITUATIONS[situation])
    dockerfile = (folder / "Dockerfile").read_text(encoding="utf-8")
    bases = [line.split()[1] for line in dockerfile.splitlines() if line.startswith("FROM ")]
    # Renovate and Dependabot update what is written in full on the line of FROM.
    image = re.fullmatch(rf"python:({re.escape(python)}\.\d+)-slim-trixie@sha256:[0-9a-f]{{64}}", bases[0])
    assert image is not None
    assert bases[1:] == ["base"] * (len(bases) - 1)
    found = {(path, release) for path, release in named(folder) if path != "Dockerfile"}
    workflows = (path for path in tree(folder) if path.startswith(".github/workflows/"))
    # Neither of the others runs the project's own code with what the image has.
    ci = {(path, python) for path in workflows if not path.endswith(("/promote.yml", "/template.yml"))}
    ci |= {(path, image[1]) for path in tree(folder) if path in {".gitlab-ci.yml", ".gitlab/training.yml"}}
    prefect = {("deploy/prefect/values.yaml", python)} if situation == "own machines" else set()
    assert found == ci | prefect
    assert ci


def named(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield file and version wherever a project says which Python an image or a job has."""
    wanted = re.compile(r"(?:\bpython:|-python|UV_PYTHON: \"?|python-version: \"?)(\d[\d.]*)")
    for path, (_, content) in tree(folder).items():
        if path != "uv.lock" and not path.endswith(".md"):
            yield from ((path, match[1]) for match in wanted.finditer(content.decode("utf-8", "replace")))


@pytest.mark.parametrize("python", PYTHONS)
def test_a_laptop_may_have_another_python(project: Project, python: str) -> None:
    folder = project(python=python)
    assert not (folder / ".python-version").exists()
    ranges = requires(folder)
    assert [version for version in PYTHONS if not ranges.contains(f"{version}.1")] == []
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert f"You need Python {', '.join(PYTHONS[:-1])} or {PYTHONS[-1]} with" in readme
    assert f"Images and CI run the project on Python {python}." in readme


def test_no_other_python_is_promised(project: Project) -> None:
    ranges = requires(project())
    possible = [f"3.{minor}" for minor in range(40) if ranges.contains(f"3.{minor}.1")]
    assert possible == PYTHONS
    assert not ranges.contains("4.0")


def test_an_update_of_the_image_is_not_another_python(project: Project) -> None:
    """Both tools would change the image alone, and CI would keep its Python."""
    update = yaml.safe_load((project("on-github") / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    [docker] = [entry for entry in update["updates"] if entry["package-ecosystem"] == "docker"]
    kinds = ["version-update:semver-major", "version-update:semver-minor"]
    assert docker["ignore"] == [{"dependency-name": "python", "update-types": kinds}]
    renovate = json.loads((project("on-gitlab", ci="gitlab") / "renovate.json").read_text(encoding="utf-8"))
    [rule] = renovate["packageRules"]
    assert (rule["matchPackageNames"], rule["matchUpdateTypes"]) == (["python"], ["major", "minor"])
    assert rule["enabled"] is False


@pytest.mark.parametrize("orchestrator", ORCHESTRATORS)
def test_what_is_locked_needs_no_compiler(orchestrator: str) -> None:
    lock = tomllib.loads(unconditional(lock_of(orchestrator).read_text(encoding="utf-8")))
    missing = {
        (name, python, machine)
        for python in PYTHONS
        for machine in MACHINES
        for name in without_wheel(lock, python, machine)
    }
    assert {entry for entry in missing if entry[0] not in PURE} - COMPILED.keys() == set()


def test_every_exception_is_needed() -> None:
    locks = [tomllib.loads(unconditional(lock_of(name).read_text(encoding="utf-8"))) for name in ORCHESTRATORS]
    for name, python, machine in COMPILED:
        assert any(name in without_wheel(lock, python, machine) for lock in locks)
    for name in PURE:
        assert any(name in without_wheel(lock, PYTHONS[0], "linux-x86_64") for lock in locks)


def without_wheel(lock: dict[str, Any], python: str, machine: str) -> set[str]:
    """Return the packages that a lock installs on a Python and a machine without having a wheel for them."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.5",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "os_name": "posix",
        "extra": "",
        **MACHINES[machine],
    }

    def applies(entry: dict[str, Any]) -> bool:
        return "marker" not in entry or Marker(entry["marker"]).evaluate(environment)

    def found(wanted: dict[str, Any]) -> dict[str, Any]:
        package: dict[str, Any]
        [package] = (
            each
            for each in lock["package"]
            if each["name"] == wanted["name"]
            and each["version"] == wanted.get("version", each["version"])
            and any(Marker(marker).evaluate(environment) for marker in each.get("resolution-markers", ["extra == ''"]))
        )
        return package

    fitting = tags(python, machine)
    [project] = (package for package in lock["package"] if "editable" in package["source"])
    groups = project["dev-dependencies"].values()
    waiting = [*project["dependencies"], *(entry for group in groups for entry in group)]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    missing = set()
    while waiting:
        entry = waiting.pop()
        key = (entry["name"], tuple(entry.get("extra", [])))
        if key in seen or not applies(entry):
            continue
        seen.add(key)
        package = found(entry)
        waiting += package.get("dependencies", [])
        waiting += [each for extra in key[1] for each in package.get("optional-dependencies", {}).get(extra, [])]
        names = (wheel["url"].rpartition("/")[2].replace("%2B", "+") for wheel in package.get("wheels", []))
        if all(parse_wheel_filename(name)[3].isdisjoint(fitting) for name in names):
            missing.add(package["name"])
    return missing


def tags(python: str, machine: str) -> frozenset[Tag]:
    """Return what wheels may be made for, so that they run on this Python and machine."""
    processor = MACHINES[machine]["platform_machine"]
    if machine.startswith("macos"):
        platforms = list(mac_platforms((26, 0), processor))
    else:
        platforms = [f"manylinux_2_{minor}_{processor}" for minor in range(5, 42)]  # Debian 13 has glibc 2.41
        platforms += [f"{old}_{processor}" for old in ("manylinux1", "manylinux2010", "manylinux2014", "linux")]
    major, minor = map(int, python.split("."))
    return frozenset(
        [
            *cpython_tags((major, minor), platforms=platforms),
            *compatible_tags((major, minor), f"cp{major}{minor}", platforms),
        ]
    )
