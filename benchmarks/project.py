"""What the default project costs, beside an earlier template: `python -m benchmarks.project REVISION [--write]`.

Both are set up with warm caches, trained and tested, in turns; processor time is counted, so that
a busy machine distorts little.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.command import ROOT, Group, write_section
from proof.tools import plain_environment

BEGIN, END = "<!-- project: begin -->", "<!-- project: end -->"
NAME = "my-project"
TARGETS = ("setup", "train", "test")
UV = Path(sys.executable).parent / "uv"


def checkout(revision: str, folder: Path) -> Path:
    """Extract the files of a revision of this repository; return their folder."""
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, capture_output=True).stdout
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-x"], cwd=folder, input=archive, check=True)
    return folder


def create(source: Path, folder: Path) -> Path:
    """Create the default project of a checkout; return its folder."""
    folder.mkdir(parents=True)
    environment = {**os.environ, "PYTHONPATH": str(source / "src")}
    command = [sys.executable, "-m", "mlops_new", NAME, "--defaults"]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return folder / NAME


def processor_seconds(project: Path, target: str) -> float:
    """Run one target of the Makefile; return the processor time in seconds."""
    if target == "setup":
        shutil.rmtree(project / ".venv", ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["make", target, f"UV={UV}"], cwd=project, env=plain_environment(), capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"make {target} failed in {project}:\n{(done.stdout + done.stderr)[-4000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(revision: str, runs: int) -> list[Group]:
    """Time each target in both projects, in turns, after a run of each that does not count."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        projects = {
            "today": create(ROOT, base / "today"),
            revision: create(checkout(revision, base / "source"), base / "before"),
        }
        seconds: Mapping[str, dict[str, list[float]]] = {target: {name: [] for name in projects} for target in TARGETS}
        for number in range(runs + 1):
            for target in TARGETS:
                for name, project in projects.items():
                    taken = processor_seconds(project, target)
                    if number:
                        seconds[target][name].append(taken)
    return [Group(f"make {target}", revision, found) for target, found in seconds.items()]


def as_markdown(groups: list[Group], runs: int) -> str:
    """Return the figures as a section of the page."""
    head = f"{runs} runs of each, in turns; seconds of a processor, user and system together."
    return "\n\n".join([head, *(group.table() for group in groups)])


def main() -> None:
    """Measure and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", help="commit of this repository to compare with")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    text = as_markdown(measure(options.revision, options.runs), options.runs)
    if options.write:
        write_section(BEGIN, END, text)
    print(text)


if __name__ == "__main__":
    main()
