"""Projects used as their README says: set up, lint, test, run the pipeline on its engine, serve.

`make test` uses one with each engine, and of its tests those of the engine and those that the project without an engine
does not have, as far as the pipeline, which is run here anyway, does not repeat them.
`make test-full` uses each engine with every tracker and way of serving, on each of its clouds, for each problem,
framework, compute, way of tuning, detector of drift and trigger, and runs all there is.
What a project did is kept by its content: one that has not changed, nor the tools, is not used again.
"""

import json
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest
from conftest import ROOT, git

from mlops_new.catalog import Value
from mlops_new.questionnaire import Questionnaire
from proof.cover import cover
from proof.renderings import texts
from proof.space import CORE_AXES, Space, offered
from proof.tools import CACHE, QUIET, plain_environment, project_digest

NAME = "my-project"
HEAVY = {
    "compute": ("spark",),  # needs Java, which a machine that runs `make test` need not have
    "framework": ("pytorch",),  # three gigabytes to download
}
"""What `make test` leaves to `make test-full`."""
LONG = ("ci", "prefect", "airflow", "sagemaker")
"""Engines whose projects take longest, which go first, so that no worker is left alone with one at the end."""
UV = Path(sys.executable).parent / "uv"
ENGINE = "tests/test_engine.py"
"""What every project has in the same words, and what tests another engine in each."""
REPEATED = "test_a_run_gives_the_same_model_and_metrics"
"""Of these tests, the one that does what `make pipeline` and `compare` do."""


def cases() -> list[object]:
    """First one for each engine, with every other answer among them; then each engine with everything else."""
    whole = offered(Questionnaire(ROOT, ROOT / NAME))
    axes = (*CORE_AXES, "problem", "framework", "compute", "tuning", "monitoring", "drift", "triggers")
    few = {"triggers": tuple(chosen for chosen in whole.domains["triggers"] if len(texts(chosen)) == 1)}
    space = Space({axis: few.get(axis, whole.domains[axis]) for axis in axes}, whole.rules)
    engines = enumerate(space.domains["orchestrator"])
    problems = space.domains["problem"]
    # Each problem is met by several engines, so that their models can be compared.
    start = [{"orchestrator": engine, "problem": problems[number % len(problems)]} for number, engine in engines]
    light = {
        axis: tuple(choice for choice in choices if choice not in HEAVY.get(axis, ()))
        for axis, choices in space.domains.items()
    }
    sample = cover(Space(light, whole.rules), 1, start)
    # A cloud changes little on a laptop: each engine meets each of its clouds, not in every company.
    together = ("orchestrator", "tracker", "serving")
    met = [tuple(answers[axis] for axis in together) for answers in sample]
    more = [chosen for chosen in product(*(space.domains[axis] for axis in together)) if chosen not in met]
    rows = cover(space, 2, [*sample, *(dict(zip(together, chosen, strict=True)) for chosen in more)])
    return [
        *(
            pytest.param(answers, answers is rows[0], id=name(answers))
            for answers in sorted(rows[: len(sample)], key=lambda answers: answers["orchestrator"] not in LONG)
        ),
        *(pytest.param(answers, True, id=f"{name(answers)}-whole", marks=pytest.mark.full) for answers in rows[1:]),
    ]


def name(answers: dict[str, Value]) -> str:
    """A readable name of a combination."""
    return "-".join(text for answer in answers.values() for text in texts(answer))


def environment(folder: Path) -> dict[str, str]:
    """The environment of a person on a laptop, with caches that the projects of a test session share.

    Python keeps what it compiled by the place of the source: each project is used in the same place as the one before,
    and what is compiled for a place of this worker is kept where the other workers keep theirs.
    """
    compiled, shared = folder / "compiled" / folder.relative_to("/"), folder.parent / "compiled"
    if not compiled.is_symlink():
        shared.mkdir(exist_ok=True)
        compiled.parent.mkdir(parents=True)
        compiled.symlink_to(shared)
    return (
        plain_environment()
        | QUIET
        | {
            "UV": str(UV),
            "MYPY_CACHE_DIR": str(folder / "mypy"),
            "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        }
    )


def make(project: Path, env: dict[str, str], *targets: str) -> str:
    """Run make in a project; returns its standard output."""
    done = subprocess.run(["make", *targets, f"UV={UV}"], cwd=project, env=env, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-8000:]
    return done.stdout


def run_of(printed: str) -> Path:
    """The folder of the run that `make pipeline` names among the last lines."""
    return Path([line for line in printed.splitlines() if line.startswith("runs/")][-1])


@pytest.mark.parametrize(("answers", "whole"), cases())
def test_a_project_works_as_its_readme_says(
    answers: dict[str, Value], whole: bool, project: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = project(NAME, **answers)
    own = [] if whole else sorted({ENGINE} | particular(folder, project(f"plain/{NAME}", project_name=NAME)))
    shared = tmp_path_factory.getbasetemp().parent
    known = CACHE / "run" / f"{project_digest(folder, Path(__file__))}{'' if whole else '-own'}.json"
    if known.exists():
        compare(json.loads(known.read_text()), answers, shared)
        return
    base = tmp_path_factory.getbasetemp()
    env = environment(base)
    folder = moved(folder, base / "used" / NAME)
    make(folder, env, "setup")
    if whole:
        make(folder, env, "lint", "test")
    else:
        # Style and types of every project are proved; tests that all projects share run in the first.
        done = subprocess.run(
            [UV, "run", "--locked", "pytest", *own, "-k", f"not {REPEATED}"],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-8000:]

    # The example data comes in parts, so that what was chosen for compute really works on them.
    run = run_of(make(folder, env | {"MY_PROJECT_PARTITION_ROWS": "100"}, "pipeline"))
    outcome = results(folder / run)
    compare(outcome, answers, shared)

    if answers["serving"] == "rest":
        with served(folder, env) as url:
            check_serving(url, folder / run)
    else:
        assert "1 rows predicted, 0 rejected" in make(folder, env, "serve")
        assert (folder / "predictions" / "predictions.parquet").is_file()
    assert untracked(folder) == set()
    known.parent.mkdir(parents=True, exist_ok=True)
    known.write_text(json.dumps(outcome))


def moved(folder: Path, place: Path) -> Path:
    """Put a project where the one before it was, in a repository of its own."""
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(exist_ok=True)
    folder.rename(place)
    git(place, "init", "--quiet")
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message", "Start")
    return place


def particular(folder: Path, plain: Path) -> set[str]:
    """The tests of a project that another does not have in the same words."""
    return {
        path.relative_to(folder).as_posix()
        for path in (folder / "tests").glob("test_*.py")
        if not (plain / "tests" / path.name).exists() or (plain / "tests" / path.name).read_bytes() != path.read_bytes()
    }


def untracked(folder: Path) -> set[str]:
    """What using a project left behind that Git would add."""
    return {line[3:] for line in git(folder, "status", "--porcelain", "--untracked-files=normal").splitlines()}


def results(run: Path) -> dict[str, object]:
    """What must not depend on engine, tracker, cloud or serving: model, metrics, data, parameters, what steps read."""
    steps = ["ingest", "validate", "preprocess", "train", "evaluate", "register", "deploy"]
    manifests = {step: json.loads((run / step / "manifest.json").read_text()) for step in steps}
    return {
        "model": manifests["train"]["outputs"]["model.joblib"],
        "metrics": json.loads((run / "evaluate" / "metrics.json").read_text()),
        "data": json.loads((run / "ingest" / "source.json").read_text())["sha256"],
        "parameters": manifests["train"]["parameters"],
        "reads": {step: sorted(manifest["inputs"]) for step, manifest in manifests.items()},
    }


def compare(result: dict[str, object], answers: dict[str, Value], shared: Path) -> None:
    """Compare with what the first project of this test session got for the same problem and framework."""
    golden = shared / f"{answers['problem']}-{answers['framework']}-{answers['drift']}.json"
    try:
        with golden.open("x") as file:
            json.dump(result, file)
    except FileExistsError:
        deadline = time.monotonic() + 10
        while not golden.read_text() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert result == json.loads(golden.read_text())


@contextmanager
def served(folder: Path, env: dict[str, str]) -> Iterator[str]:
    """A server on a free port, as long as the block runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    package = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["name"].replace("-", "_")
    process = subprocess.Popen(
        [str(folder / ".venv" / "bin" / "python"), "-m", f"{package}.serving", "--port", str(port)],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"{url}/healthz", timeout=5).close()
                break
            except (urllib.error.URLError, ConnectionError):
                assert process.poll() is None, process.communicate()[0]
                assert time.monotonic() < deadline, "the server did not start"
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=30)


def check_serving(url: str, run: Path) -> None:
    """All endpoints, with a real model's prediction."""

    def get(path: str, body: bytes | None = None) -> str:
        request = urllib.request.Request(f"{url}{path}", data=body, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    assert json.loads(get("/readyz"))["sha256"] == json.loads((run / "register" / "version.json").read_text())["sha256"]
    answer = json.loads(get("/predict", get("/example").encode()))
    assert len(answer["predictions"]) == 1
    assert answer["predictions"][0]["prediction"] not in (None, "")
    assert 'model_requests_total{outcome="ok"} 1.0' in get("/metrics")
