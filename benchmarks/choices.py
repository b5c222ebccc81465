"""What one more choice takes: `python -m benchmarks.choices [--write]`.

In a copy of the template, a choice that exists gets a twin: an entry in the catalogue, its rules, and a copy of its
folders. Where a project with the twin then differs from one with the original, but for the name, existing files
name the original, and would have to change for a new choice, too.
"""

import argparse
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.command import write_section
from benchmarks.growth import copy, sample
from mlops_new.catalog import Value, load
from mlops_new.overlays import folder, overlays, write
from mlops_new.questionnaire import Questionnaire
from proof.renderings import Renderer
from proof.space import offered
from proof.trace import TracedTemplate

BEGIN, END = "<!-- choices: begin -->", "<!-- choices: end -->"
SAMPLE = 60
WRITTEN = (
    "uv.lock.jinja",
    ".copier-answers.yml.jinja",
    "/pipeline.yaml.jinja",
    "/pipeline.azureml.yml.jinja",
    "/pipeline.sagemaker.json.jinja",
    "/state_machine.asl.json.jinja",
)
"""Files that `make lock`, copier and `make definitions` write."""
ORIGINALS = {
    "orchestrator": "airflow",
    "tracker": "wandb",
    "serving": "batch",
    "ci": "github",
    "iac": "terraform",
    "cloud": "aws",
    "monitoring": "prometheus",
}
"""Axis → the choice that gets a twin."""


@dataclass(frozen=True)
class Effort:
    """What one more choice takes.

    Attributes:
        axis: of the choice.
        original: the choice that it is a twin of.
        folders: that it brings, as overlays.
        changed: existing files of the template that would have to change.
    """

    axis: str
    original: str
    folders: tuple[str, ...]
    changed: tuple[str, ...]


def add_twin(root: Path, axis: str, original: str, twin: str) -> list[str]:
    """Add a choice to a template, as a copy of another one.

    Args:
        root: folder that holds copier.yml, questions/ and template/.
        axis: a question.
        original: one of its choices.
        twin: the value of the new one.

    Returns:
        The overlays that it brings.
    """
    for path in sorted((root / "questions").glob("*.yml")):
        path.write_text(_with_twin(path.read_text(), axis, original, twin))
    template, switch = root / "template", f"{axis}_{original}"
    brought = []
    for name in overlays(template):
        above, _, last = name.rpartition("/")
        if last == switch:
            new = f"{above}/{axis}_{twin}"
            shutil.copytree(folder(template, name), folder(template, new))
            for path in (path for path in folder(template, new).rglob("*.jinja") if path.is_file()):
                path.write_text(path.read_text().replace(f"use.{switch}", f"use.{axis}_{twin}"))
            brought.append(new)
    write(root)
    return sorted(brought)


def _with_twin(text: str, axis: str, original: str, twin: str) -> str:
    """Add a twin to a file of questions: its entry, traits, conditions, and every rule that names the original."""
    found = re.search(rf"(?ms)^{axis}:\n.*?(?=^\w|\Z)", text)
    question = found[0] if found else ""
    entry = re.search(rf"(?m)^    .+:\n      value: {original}\n(?:      .*\n)+", question)
    if entry:
        copied = re.sub(r"(?m)^    (\w.*):$", r"    Twin of \1:", entry[0], count=1)
        copied = copied.replace(f"value: {original}\n", f"value: {twin}\n")
        text = text.replace(question, question.replace(entry[0], entry[0] + copied))
    text = re.sub(rf"\b{axis} == (['\"]){original}\1", rf"{axis} in [\1{original}\1, \1{twin}\1]", text)
    text = re.sub(rf"(?m)^(      ){original}(: \{{.*\}})$", rf"\g<0>\n\1{twin}\2", text)
    return re.sub(rf"(\b{axis}: \[[^\]]*\b{original}\b)", rf"\1, {twin}", text)


def effort(axis: str, original: str, combinations: int = SAMPLE) -> Effort:
    """Add a twin to a copy of the template and compare projects with it to those with the original.

    Args:
        axis: a question.
        original: one of its choices.
        combinations: how many projects are compared.
    """
    twin = f"{original}twin"
    with copy() as root:
        brought = add_twin(root, axis, original, twin)
        questionnaire = Questionnaire(root, root / "my-project")
        renderer = Renderer(TracedTemplate(root, load(root)), questionnaire, {"_src_path": "my-project"})
        changed: set[str] = set()
        for answers in sample(offered(questionnaire), combinations, {axis: [original]}):
            before = _files(renderer, questionnaire.complete(answers))
            after = _files(renderer, questionnaire.complete({**answers, axis: twin}))
            renamed = {
                path.replace(twin, original): (file, content.replace(twin.encode(), original.encode()))
                for path, (file, content) in after.items()
            }
            for path in before.keys() | renamed.keys():
                (file, content), (_, other) = before.get(path, ("", b"")), renamed.get(path, ("", b""))
                if content != other and not (file or renamed[path][0]).endswith(WRITTEN):
                    changed.add(file or renamed[path][0])
    return Effort(axis, original, tuple(brought), tuple(sorted(changed)))


def _files(renderer: Renderer, answers: Mapping[str, Value]) -> dict[str, tuple[str, bytes]]:
    """Return path → the template file that renders to it, and its content."""
    found = ((file, renderer.rendering(file, answers)) for file in renderer.template.files)
    return {rendering.path: (file, rendering.content) for file, rendering in found if rendering}


def as_markdown(efforts: Iterable[Effort]) -> str:
    """Return the figures as a section of the page."""
    lines = [
        "Each choice below got a twin in a copy of the template.",
        f"{SAMPLE} random projects with the twin were compared with those with the original.",
        "",
        "| one more | twin of | folders | existing files that change, beside catalogue and rules |",
        "|---|---|--:|--:|",
    ]
    lines += [f"| {one.axis} | {one.original} | {len(one.folders)} | {len(one.changed)} |" for one in efforts]
    return "\n".join(lines)


def main() -> None:
    """Measure and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    write_page = parser.parse_args().write
    efforts = [effort(axis, original) for axis, original in ORIGINALS.items()]
    for one in efforts:
        print(f"{one.axis}: {', '.join(one.folders)}")
        for file in one.changed:
            print(f"  {file}")
    text = as_markdown(efforts)
    if write_page:
        write_section(BEGIN, END, text)
    print(text)


if __name__ == "__main__":
    main()
