"""PyTorch on several machines, as the runbook says: a line changed, the definition written again, all run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import test_projects
from conftest import git
from test_projects import NAME, compare, environment, make, moved, results, run_of

from mlops_new.catalog import Value
from proof.contents import Unit
from proof.lint import lint_batch
from proof.linters.all import LINTERS
from proof.tools import CACHE, project_digest

ONE, TWO = "gpu=1)", "gpu=1, machines=2)"
CLOUDS = {"argo": "gcp", "azureml": "azure", "kubeflow": "onprem", "sagemaker": "aws", "vertex": "gcp"}
"""Engine that lets machines train together → a cloud."""


def findings(folder: Path, path: str) -> list[str]:
    """What linters say of a file, those among them that look at it together with others."""
    tracked = git(folder, "ls-files").splitlines()
    said = []
    for linter in (linter for linter in LINTERS if linter.wants(path)):
        files = filter(linter.wants, tracked) if linter.whole else [path]
        said.append(lint_batch(linter, [Unit({name: (folder / name).read_bytes() for name in files}, {})]))
    assert said, f"no linter looks at {path}"
    return list(filter(None, said))


@pytest.mark.full
@pytest.mark.parametrize("engine", CLOUDS)
def test_two_machines_train_on_every_engine_that_lets_them(
    engine: str, project: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    answers: dict[str, Value] = {
        "cloud": CLOUDS[engine],
        "orchestrator": engine,
        "problem": "classification",
        "framework": "pytorch",
        "drift": "none",
    }
    folder = project(NAME, **answers)
    pipeline = folder / "src" / "my_project" / "pipeline.py"
    text = pipeline.read_text()
    assert text.count(ONE) == 1
    pipeline.write_text(text.replace(ONE, TWO))

    shared = tmp_path_factory.getbasetemp().parent
    group: dict[str, Value] = {**answers, "framework": "pytorch-on-two-machines"}
    known = CACHE / "run" / f"{project_digest(folder, Path(test_projects.__file__), Path(__file__))}.json"
    if known.exists():
        compare(json.loads(known.read_text()), group, shared)
        return
    env = environment(tmp_path_factory.getbasetemp())
    folder = moved(folder, tmp_path_factory.getbasetemp() / "used" / NAME)
    make(folder, env, "setup", "format")
    git(folder, "commit", "--quiet", "--all", "--message", "Two machines")
    make(folder, env, "definition")
    [definition] = git(folder, "diff", "--name-only").splitlines()
    assert findings(folder, definition) == []
    make(folder, env, "lint", "test")
    run = run_of(make(folder, env, "pipeline"))
    outcome = results(folder / run)
    compare(outcome, group, shared)
    known.parent.mkdir(parents=True, exist_ok=True)
    known.write_text(json.dumps(outcome))
