"""Versions of a template to update between: this checkout's, and others that differ from it by seeded changes."""

import functools
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from random import Random
from types import CodeType

import yaml
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from reduced_template import REDUCED, reduced_template, withdraw

from mlops_new import overlays, source
from mlops_new.catalog import Value
from mlops_new.questionnaire import Questionnaire
from mlops_new.template import Template
from mlops_new.update.migrations import TABLE
from mlops_new.update.tree import EXECUTABLE, LINK, REGULAR, File

NUMBER = 12
"""How many newer versions there are."""
CORE = f"template/{overlays.CORE}"
JINJA = re.compile(r"\{% macro \w+_yml\(\).*?endmacro %\}|\{%.*?%\}|\{#.*?#\}|\{\{.*?\}\}", re.DOTALL)
"""What is no plain text: Jinja, and what Jinja reads as data."""
MARK = b"changed in template "
"""How a line begins that a newer version changed."""
INSTEAD = {"wandb": "mlflow", "airflow": "prefect", "batch": "rest"}
"""Choice that a newer version may retire → the one in its place; files of both are alike where they have one path."""
LONG = 400
"""Bytes of a file that is long enough to be known again under another name."""

Files = dict[str, File]


class _Compiled(BytecodeCache):
    """Keeps what templates compile to: most are the same in all versions."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load what a template compiles to, if it is known."""
        bucket.code = self._held.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a template compiles to."""
        assert bucket.code
        self._held[bucket.key, bucket.checksum] = bucket.code


COMPILED = _Compiled()


class Version:
    """A version of the template.

    Attributes:
        root: folder that holds copier.yml, questions/ and the template.
        tag: as `.copier-answers.yml` records it.
        moved: file of the template in the older version → in this one, of those that go elsewhere in a project.
        questions: question of the older version → its name in this one.
        choices: question and answer of the older version → answer in this one.
    """

    def __init__(
        self,
        root: Path,
        tag: str,
        moved: Mapping[str, str],
        questions: Mapping[str, str] | None = None,
        choices: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        """Read a version."""
        self.root = root
        self.tag = tag
        self.questions = dict(questions or {})
        self.choices = dict(choices or {})
        self.moved = dict(moved)
        names = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        self._template = Template(root, sorted(names), root / "compiled")
        self._template._environment.bytecode_cache = COMPILED
        self.questionnaire = Questionnaire(root, root / "my-project")
        self._rendered: dict[str, Files] = {}

    def translate(self, answers: Mapping[str, Value]) -> dict[str, Value]:
        """Return answers to the older version as this version asks for them."""
        named = {self.questions.get(name, name): value for name, value in answers.items()}
        found = {name: self.choices.get((name, str(value)), value) for name, value in named.items()}
        return {name: value for name, value in found.items() if name in self.questionnaire.catalog}

    def render(self, answers: Mapping[str, Value]) -> Files:
        """Return the files that this version gives."""
        key = json.dumps(answers)
        if key not in self._rendered:
            origin = {"_commit": self.tag, "_src_path": source.copier_url()}
            folder = self.root / "project"
            self._template.write(answers, folder, origin)
            self._rendered[key] = read(folder)
            shutil.rmtree(folder)
        return dict(self._rendered[key])


class Versions:
    """The version that projects come from, and newer ones, each made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        """Make the first version in a folder."""
        self._folder = folder
        root = reduced_template(folder / "old", REDUCED)
        _more_kinds(root)
        self.old = Version(root, "v0.1.0", {})

    @functools.cache  # noqa: B019 - lives as long as the session
    def new(self, number: int) -> Version:
        """Return a newer version."""
        root = self._folder / f"new-{number}"
        shutil.copytree(self.old.root, root)
        changes = _Changes(root, Random(f"template {number}"), number)
        changes.make()
        return Version(root, "v0.2.0", changes.moved, changes.questions, changes.choices)


def read(folder: Path) -> Files:
    """Return all files and links below a folder, without those of Git."""
    found = {}
    for parent, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        folders[:] = [name for name in folders if name not in links and name != ".git"]
        for path in (Path(parent) / name for name in [*files, *links] if name != ".git"):
            place = path.relative_to(folder).as_posix()
            if path.is_symlink():
                found[place] = File(os.fsencode(path.readlink()), LINK)
            else:
                found[place] = File(path.read_bytes(), EXECUTABLE if os.access(path, os.X_OK) else REGULAR)
    return found


def place(file: str, package: str) -> str:
    """Return where a file of the template goes in a project."""
    parts = [part for part in PurePosixPath(file).parts[1:] if not overlays.SWITCH.fullmatch(part)]
    return "/".join(parts).removesuffix(".jinja").replace("{{package}}", package)


def _more_kinds(root: Path) -> None:
    """Add files of kinds that the template does not have yet."""
    rows = [f"row {number} of a table\n" for number in range(40)]
    files = {
        "assets/logo.bin": bytes(range(256)) * 8,
        "unused.bin": bytes(reversed(range(256))) * 8,
        "assets/windows.txt": "".join(rows).replace("\n", "\r\n").encode(),
        "assets/unended.txt": "".join(rows).strip().encode(),
        "assets/größe und maß.txt": "".join(rows[::-1]).encode(),
        "assets/plain.txt": "".join(rows[::2] + rows[::3]).encode(),
        "start.sh": ("#!/bin/sh\n" + "".join(f"echo {row}" for row in rows)).encode(),
    }
    for name, data in files.items():
        path = root / CORE / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    (root / CORE / "start.sh").chmod(0o755)
    extra = root / "template/{{use.tracker}}/{{use.tracker_wandb}}/extra"
    extra.mkdir()
    (extra / "binary-of-wandb.bin").write_bytes(b"\0wandb" * 80)


class _Changes:
    """Changes of every kind to a copy of the template."""

    def __init__(self, root: Path, random: Random, number: int) -> None:
        self.root = root
        self.random = random
        self.number = number
        self.moved: dict[str, str] = {}
        self.touched: set[str] = set()
        self.questions: dict[str, str] = {}
        self.choices: dict[tuple[str, str], str] = {}
        self.retired: list[str] = []
        paths = [path for path in sorted((root / "template").rglob("*")) if path.is_file()]
        names = [path.relative_to(root).as_posix() for path in paths]
        self.fillings = [name for name in names if name.endswith(overlays.FILLINGS)]
        self.files = [name for name in names if "_includes" not in name and name not in self.fillings]
        self.files.remove(f"{CORE}/.copier-answers.yml.jinja")
        places: dict[str, list[str]] = {}
        for file in self.files:
            places.setdefault(place(file, "package"), []).append(file)
        named = [*(path for path in places if path.startswith("assets/")), "start.sh", "Makefile", "README.md"]
        for path in named:  # changed below by their names
            del places[path]
        self.single = [files[0] for files in places.values() if len(files) == 1]
        """Files with a place of their own, that can be moved without meeting another."""

    def make(self) -> None:
        """Change the template."""
        self._questions()
        for change, count in (
            (self.lines, 30),
            (self.lines_of_all_kinds, 1),
            (self.add, 4),
            (self.delete, 4),
            (self.rename, 4),
            (self.move_between_overlays, 4),
            (self.mode, 4),
            (self.binary, 1),
            (self.line_ends, 1),
        ):
            for _ in range(count):
                change()
        overlays.write(self.root)

    def _pick(self, wanted: Callable[[str], bool] = lambda _: True) -> str:
        """Choose a file with a place of its own; those of every project half of the time."""
        known = [file for file in self.single if file not in self.touched and wanted(file)]
        core = [file for file in known if file.startswith(CORE)]
        file = self.random.choice(core if core and self.random.random() < 0.5 else known)
        self.touched.add(file)
        return file

    def _long(self, file: str) -> bool:
        return (self.root / file).stat().st_size > LONG

    def lines(self, file: str = "") -> None:
        """Change, add or remove lines that are plain text, wherever one stands."""
        path = self.root / (file or self.random.choice([*self.files, *self.fillings]))
        if not path.exists():
            return
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            return
        lines = re.findall(r"[^\n]*\n|[^\n]+", text)
        jinja: set[int] = set()
        for span in JINJA.finditer(text):
            jinja.update(range(text.count("\n", 0, span.start()), text.count("\n", 0, span.end()) + 1))
        plain = [number for number in range(len(lines)) if number not in jinja]
        end = "\r\n" if "\r\n" in text else "\n"
        for number in sorted(self.random.sample(plain, min(len(plain), self.random.randint(1, 3))), reverse=True):
            new = f"{MARK.decode()}{self.number} in line {number}: {self.random.random()}{end}"
            kind = self.random.choice(["change", "add", "remove"])
            lines[number : number + (kind != "add")] = [] if kind == "remove" else [new]
        path.write_bytes("".join(lines).encode())

    def lines_of_all_kinds(self) -> None:
        """Change files whose kind is rare."""
        for name in ("windows.txt", "unended.txt", "größe und maß.txt"):
            if self.random.random() < 0.7:
                self.lines(f"{CORE}/assets/{name}")
        if self.random.random() < 0.5:
            self.lines(f"{CORE}/start.sh")
        unended = self.root / CORE / "assets" / "unended.txt"
        if self.random.random() < 0.3:
            unended.write_bytes(unended.read_bytes() + b"\n")

    def add(self) -> None:
        """Add a file, to every project or to some."""
        folder = self.random.choice([CORE, CORE, *sorted({str(PurePosixPath(file).parent) for file in self.files})])
        new = f"{folder}/{self.random.choice(['', 'added/', 'added/deep/'])}new-{self.random.randrange(10**6)}"
        path = self.root / (f"{new}.bin" if self.random.random() < 0.2 else f"{new}.txt.jinja")
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = "".join(f"{self.random.random()} is new in {{{{ project_name }}}}\n" for _ in range(20))
        path.write_bytes(self.random.randbytes(500) + b"\0" if path.suffix == ".bin" else rows.encode())

    def delete(self) -> None:
        """Remove a file."""
        (self.root / self._pick()).unlink()

    def rename(self) -> None:
        """Give a file another name, or move it to another folder; half of the time with other lines."""
        file = self._pick(self._long)
        parent, name = PurePosixPath(file).parent, PurePosixPath(file).name
        new = self.random.choice(
            [parent / f"renamed_{name}", parent / "elsewhere" / name, parent.parent / f"up_{name}"]
        )
        if self.random.random() < 0.5:
            self.lines(file)
        self._move(file, str(new))

    def move_between_overlays(self) -> None:
        """Let a file depend on another answer, or on none."""
        file = self._pick()
        rest = [part for part in PurePosixPath(file).parts[1:] if not overlays.SWITCH.fullmatch(part)]
        others = [
            "{{use.cloud}}/{{use.cloud_aws}}",
            "{{use.tracker}}/{{use.tracker_mlflow}}",
            "{{use.serving}}/{{use.serving_rest}}",
        ]
        into = overlays.CORE if not file.startswith(CORE) else self.random.choice(others)
        self._move(file, "/".join(["template", into, *rest]))

    def _move(self, file: str, new: str) -> None:
        target = self.root / new
        assert not target.exists()
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.root / file).rename(target)
        self.moved[file] = new

    def mode(self) -> None:
        """Make a file executable, or stop it from being so."""
        path = self.root / self.random.choice([self._pick(), f"{CORE}/start.sh"])
        path.chmod(path.stat().st_mode ^ 0o111)

    def binary(self) -> None:
        """Change a file that is no text, and make one of a text."""
        logo = self.root / CORE / "assets" / "logo.bin"
        logo.write_bytes(logo.read_bytes() + f"{self.number}".encode())
        if self.random.random() < 0.5:
            path = self.root / CORE / "assets" / "plain.txt"
            path.write_bytes(path.read_text().encode("utf-16"))

    def line_ends(self) -> None:
        """Let lines end in another way."""
        if self.random.random() < 0.3:
            path = self.root / CORE / "assets" / "windows.txt"
            path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))
        if self.random.random() < 0.3:
            path = self.root / CORE / "Makefile.jinja"
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    def _questions(self) -> None:
        """Add, rename and retire questions and choices."""
        for change, probability in (
            (self._add_text_question, 0.4),
            (self._add_axis, 0.5),
            (self._rename_question, 0.4),
            (self._retire_question, 0.3),
            (self._retire_choice, 0.6),
        ):
            if self.random.random() < probability:
                change()
        answers: dict[str, dict[str, dict[str, str]]] = {}
        for (name, value), other in self.choices.items():
            answers.setdefault(name, {})[value] = {name: other}
        entry = {"version": "0.2.0", "rename": self.questions, "answers": answers, "retire": self.retired}
        (self.root / TABLE).write_text(yaml.safe_dump({"migrations": [entry]}))

    def _append(self, file: str, text: str) -> None:
        path = self.root / file
        path.write_text(path.read_text() + text)

    def _add_text_question(self) -> None:
        self._append(
            "questions/6_cost.yml",
            "\nowner:\n  type: str\n  help: Who pays?\n  default: 'no team yet in {{ project_name }}'\n",
        )
        self._append(f"{CORE}/README.md.jinja", "\nPaid by {{ owner }}.\n")

    def _add_axis(self) -> None:
        default = self.random.choice(["none", "strict"])
        choices = "".join(
            f"    {value.title()}:\n      value: {value}\n      when: always\n" for value in ("none", "strict")
        )
        question = f"\nreview:\n  type: str\n  help: How strict?\n  default: {default}\n  choices:\n{choices}"
        self._append("questions/6_cost.yml", question)
        folder = self.root / "template/{{use.review}}/{{use.review_strict}}/review"
        folder.mkdir(parents=True)
        (folder / "rules.md.jinja").write_text("# Strict reviews of {{ project_name }}\n" * 3)

    def _rename_question(self) -> None:
        old, new = self.random.choice([("monthly_budget", "spending_limit"), ("aws_region", "region_of_aws")])
        for path in [*(self.root / "questions").iterdir(), *(self.root / "template").rglob("*.jinja")]:
            text = path.read_text()
            if old in text:
                path.write_bytes(re.sub(rf"\b{old}\b", new, text).encode())
        self.questions[old] = new

    def _retire_question(self) -> None:
        path = self.root / "questions" / "0_project.yml"
        text, count = re.subn(
            r"(?ms)^author:\n  type: str\n.*?(?=^\w)",
            'author:\n  type: str\n  when: false\n  default: ""\n\n',
            path.read_text(),
        )
        assert count == 1
        path.write_text(text)
        self.retired.append("author")

    def _retire_choice(self) -> None:
        axis, value = self.random.choice(
            [("tracker", "wandb"), ("orchestrator", "airflow"), ("serving", "batch"), ("ci", "gitlab")]
        )
        withdraw(self.root, axis, [value], "retired")
        if value in INSTEAD and self.random.random() < 0.7:
            self.choices[axis, value] = INSTEAD[value]
