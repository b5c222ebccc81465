"""What runs a definition on a laptop is a tool for development: neither in a project's package nor in its image."""

import ast
import fnmatch
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

from mlops_new import render
from mlops_new.answers import check
from mlops_new.catalog import Value, load
from mlops_new.questionnaire import Questionnaire

UV = Path(sys.executable).parent / "uv"
ENGINES: dict[str, dict[str, Value]] = {
    "none": {},
    "airflow": {},
    "dagster": {},
    "prefect": {},
    "argo": {"cloud": "onprem", "framework": "pytorch"},
    "azureml": {"cloud": "azure", "framework": "pytorch"},
    "ci": {"cloud": "aws", "ci": "github"},
    "ci on GitLab": {"cloud": "aws", "ci": "gitlab"},
    "kubeflow": {"cloud": "onprem", "framework": "pytorch"},
    "sagemaker": {"cloud": "aws", "framework": "pytorch"},
    "stepfunctions": {"cloud": "aws"},
    "vertex": {"cloud": "gcp", "framework": "pytorch"},
}
"""Engine → what a project for it needs, and PyTorch where machines can share a step, which adds modules."""
IN_PROCESS = {"none", "airflow", "dagster", "prefect"}
COMMAND = re.compile(r"(?:\bmy_project|\{PACKAGE\})\.([\w.]+)")
"""A module by its whole name, in files that run it or import it: Makefile, definitions, DAGs, engines' adapters."""
BESIDE = re.compile(r"\{__package__\}\.(\w+)")
"""A module by its name, in one beside it that hands the name on."""


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A project for each engine."""
    folder = tmp_path_factory.mktemp("tools")
    made = {}
    for name, given in ENGINES.items():
        made[name] = folder / name / "my-project"
        answers = {"project_name": "my-project", "orchestrator": name.partition(" ")[0], **given}
        render.create(check(Questionnaire(ROOT, made[name]), answers), made[name])
    return made


def modules(project: Path) -> dict[str, Path]:
    """Name of each module of the package, without that of the package → its file."""
    package = project / "src" / "my_project"
    found = {}
    for path in package.rglob("*.py"):
        parts = path.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(module: str, path: Path) -> Iterator[str]:
    """What a module may import of its package: modules, or names in them; and what it names whole, such as to start."""
    around = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*around[: len(around) - node.level + 1], *(node.module or "").split(".")]
            yield from (
                ".".join(filter(None, [*base, *name])) for name in ([], *([alias.name] for alias in node.names))
            )
    yield from COMMAND.findall(path.read_text())
    yield from (".".join([*around, name]) for name in BESIDE.findall(path.read_text()))


def reached(project: Path) -> set[str]:
    """The modules that are used without tests and tools: what commands run, and what that imports."""
    known = modules(project)
    waiting = ["__main__", "serving.__main__"]
    for path in project.rglob("*"):
        parts = path.relative_to(project).parts
        if path.is_file() and parts[0] not in {"src", "tests", "tools", "docs", "README.md"}:
            waiting += COMMAND.findall(path.read_text(errors="ignore"))
    done: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module in known and module not in done:
            done.add(module)
            waiting += [*imported(module, known[module]), module.rpartition(".")[0]]
    return done


def test_every_engine_is_here() -> None:
    [orchestrators] = [question for question in load(ROOT).questions if question.name == "orchestrator"]
    assert {name.partition(" ")[0] for name in ENGINES} == {choice.value for choice in orchestrators.offered}


def test_the_package_has_no_module_that_only_a_laptop_needs(projects: dict[str, Path]) -> None:
    unused = {name: sorted(modules(project).keys() - reached(project)) for name, project in projects.items()}
    assert {name: found for name, found in unused.items() if found} == {}


def test_an_interpreter_in_the_package_would_be_found(projects: dict[str, Path]) -> None:
    project = projects["stepfunctions"]
    stray = project / "src" / "my_project" / "adapters" / "states_language.py"
    stray.write_bytes((project / "tools" / "states_language.py").read_bytes())
    try:
        assert modules(project).keys() - reached(project) == {"adapters.states_language"}
    finally:
        stray.unlink()


def test_the_engine_runs_in_the_package_or_in_a_tool(projects: dict[str, Path]) -> None:
    for name, project in projects.items():
        package = (project / "src" / "my_project" / "adapters" / "orchestration.py").read_text()
        command_line = (project / "src" / "my_project" / "__main__.py").read_text()
        in_process = name in IN_PROCESS
        assert ("\ndef run(" in package) is in_process, name
        assert ('"pipeline"' in command_line) is in_process, name
        assert (project / "tools").exists() is not in_process, name
        command = "my_project pipeline" if in_process else "tools.pipeline"
        assert f"python -m {command}\n" in (project / "Makefile").read_text(), name


def test_the_package_does_not_import_tools(projects: dict[str, Path]) -> None:
    for project in projects.values():
        for path in modules(project).values():
            assert not re.search(r"^\s*(from|import) tools\b", path.read_text(), re.MULTILINE), path


def test_the_image_does_not_get_tools(projects: dict[str, Path]) -> None:
    for project in projects.values():
        allowed = [line[1:] for line in (project / ".dockerignore").read_text().splitlines() if line.startswith("!")]
        copied = [
            source
            for file in project.rglob("*Dockerfile*")
            for line in file.read_text().splitlines()
            if line.startswith(("COPY ", "ADD ")) and "--from=" not in line
            for source in line.split()[1:-1]
        ]
        assert "src" in copied
        assert not [pattern for pattern in (*allowed, *copied) if fnmatch.fnmatch("tools", pattern.strip("./") or "*")]


@pytest.mark.parametrize("name", ["stepfunctions", "kubeflow"])
def test_the_wheel_has_only_the_package(name: str, projects: dict[str, Path], tmp_path: Path) -> None:
    build = [str(UV), "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*build, "--out-dir", str(tmp_path)], cwd=projects[name], check=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        folders = {path.partition("/")[0] for path in archive.namelist()}
    assert folders == {"my_project", "my_project-0.1.0.dist-info"}
