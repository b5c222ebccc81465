"""Write the lock file of every generated project: one `uv.lock.jinja` for each orchestrator overlay.

No single lock holds every orchestrator, since some exclude each other, and a lock for every combination of answers
would be thousands. So, for each orchestrator, everything that can be chosen beside it is locked together once, and each
package of that lock renders only when an overlay that needs it, directly or not, was chosen. What remains is a lock
that `uv lock --check` accepts; docs/adr/0003-lock-files.md has the reasons.

Versions stay as they are unless they no longer fit. A package is upgraded in all locks at once, so that projects differ
only where an engine asks for it.

Usage: python scripts/lock_template.py [--check] [--upgrade PACKAGE ...]
"""

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlops_new.overlays import CORE, SWITCH, fillings, folder, overlays

TEMPLATE = Path(__file__).parent.parent / "template"
ALWAYS = "always"
GROUPS = {"dependencies_toml": "", "dev_toml": "dev", "serving_toml": "serving", "orchestrator_toml": "orchestrator"}
SLOT = re.compile(r'\{\{ slot\("([^"]+)"\) \}\}')
REQUIREMENT = re.compile(r'^\s*"(?P<name>[A-Za-z0-9._-]+)(?:\[(?P<extras>[^\]]+)\])?[^"]*",$')
OWN_NAME = "mlops-new-locked-project"

Node = tuple[str, str]
"""A package name and one of its extras; the extra is empty for the package itself."""


@dataclass
class Needs:
    """Under which conditions, of the switches of overlays, what is needed."""

    nodes: defaultdict[Node, set[str]] = field(default_factory=lambda: defaultdict(set))
    lines: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """(dependency group, package) → conditions under which it is named there."""


def main() -> int:
    """Write or check all lock files; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="fail when a lock file is stale instead of writing it")
    parser.add_argument("--only", metavar="ORCHESTRATOR", default="*", help="leave the lock files of others alone")
    parser.add_argument("--upgrade", metavar="PACKAGE", nargs="+", default=[], help="take their newest versions")
    options = parser.parse_args()
    stale = []
    for orchestrator in orchestrators(options.only):
        target = lock_of(orchestrator)
        text = locked(orchestrator, target, options.upgrade)
        if not target.exists() or target.read_text() != text:
            stale.append(target)
            if not options.check:
                target.write_text(text)
    for path in stale:
        print(f"{'stale' if options.check else 'written'}: {path.parent.name}/{path.name}")
    return 1 if stale and options.check else 0


def orchestrators(pattern: str = "*") -> list[str]:
    """Return the switch of each orchestrator: `orchestrator_none`."""
    folders = (TEMPLATE / "{{use.orchestrator}}").glob(f"{{{{use.orchestrator_{pattern}}}}}")
    return sorted(SWITCH.sub(r"\1", path.name) for path in folders)


def lock_of(orchestrator: str) -> Path:
    """Return the path of the lock template of an orchestrator."""
    return folder(TEMPLATE, f"orchestrator/{orchestrator}") / "uv.lock.jinja"


def locked(orchestrator: str, previous: Path, upgraded: Iterable[str] = ()) -> str:
    """Return the lock template of one orchestrator overlay; versions of the previous one are kept if they still fit."""
    needs, pyproject = everything_beside(orchestrator)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text(pyproject)
        (folder / "README.md").write_text("")
        (folder / "src" / "locked").mkdir(parents=True)
        (folder / "src" / "locked" / "__init__.py").write_text("")
        if previous.exists():
            (folder / "uv.lock").write_text(unconditional(previous.read_text()))
        upgrade = [f"--upgrade-package={name}" for name in upgraded]
        subprocess.run([sys.executable, "-m", "uv", "lock", "--quiet", "--project", str(folder), *upgrade], check=True)
        text = (folder / "uv.lock").read_text()
    spread(needs, tomllib.loads(text)["package"])
    return conditional(text, needs)


def everything_beside(orchestrator: str) -> tuple[Needs, str]:
    """Return a pyproject.toml with the requirements of all overlays that fit an orchestrator, and which need which."""
    needs = Needs()
    slots: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for overlay in sorted(overlays(TEMPLATE)):
        _, *switches = overlay.split("/")
        if any(switch.startswith("orchestrator_") and switch != orchestrator for switch in switches):
            continue
        texts = fillings(TEMPLATE, overlay)
        for slot, group in GROUPS.items():
            for line in texts.get(slot, "").splitlines():
                slots[slot][line] = None
                note(needs, line, group, all_of(switches))
    core = (TEMPLATE / CORE / "pyproject.toml.jinja").read_text()
    group = ""
    for line in core.splitlines():
        opened = re.match(r"^(\w+) = \[$", line)
        if opened:
            group = "" if opened[1] == "dependencies" else opened[1]
        note(needs, line, group, ALWAYS)
    text = SLOT.sub(lambda match: "".join(f"{line}\n" for line in slots[match[1]]), core)
    text = re.sub(r"\{%.*?%\}\n?", "", text)
    text = text.replace("{{ project_name }}", OWN_NAME).replace("{{ package }}", "locked")
    return needs, re.sub(r"\{\{.*?\}\}", '""', text)


def all_of(switches: list[str]) -> str:
    """Return the condition that switches are on."""
    condition = " and ".join(f"use.{switch}" for switch in sorted(switches))
    return condition if len(switches) == 1 else f"({condition})"


def note(needs: Needs, line: str, group: str, condition: str) -> None:
    """Remember the requirement on a line, if there is one, and the condition under which the line is there."""
    match = REQUIREMENT.match(line)
    if match is None:
        return
    name = canonical(match["name"])
    needs.lines[group, name].add(condition)
    for extra in ["", *(match["extras"] or "").split(",")]:
        needs.nodes[name, extra.strip()].add(condition)


def canonical(name: str) -> str:
    """Return a package name as the lock spells it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def spread(needs: Needs, packages: Iterable[Mapping[str, Any]]) -> None:
    """Make everything that needs a package need the package's dependencies, too."""
    edges: defaultdict[Node, set[Node]] = defaultdict(set)
    for package in packages:
        name = package["name"]
        for extra, dependencies in {
            "": package.get("dependencies", []),
            **package.get("optional-dependencies", {}),
        }.items():
            for dependency in dependencies:
                edges[name, extra] |= {(dependency["name"], wanted) for wanted in ["", *dependency.get("extra", [])]}
    waiting = list(needs.nodes)
    while waiting:
        node = waiting.pop()
        for target in edges[node]:
            if not needs.nodes[node] <= needs.nodes[target]:
                needs.nodes[target] |= needs.nodes[node]
                waiting.append(target)


def conditional(text: str, needs: Needs) -> str:
    """Return the lock with every package behind the overlays that need it."""
    head, *blocks = (part.rstrip("\n") + "\n" for part in text.split("[[package]]\n"))
    rendered = [head]
    for block in blocks:
        name = re.search(r'^name = "([^"]+)"', block, re.MULTILINE)
        if name is None:
            raise ValueError(f"a package without a name in the lock: {block[:80]!r}")
        if name[1] == OWN_NAME:
            rendered.append(guarded("\n[[package]]\n" + own_entry(block, needs), {ALWAYS}))
        else:
            rendered.append(guarded("\n[[package]]\n" + other_entry(block, name[1], needs), needs.nodes[name[1], ""]))
    return "".join(rendered)


def guarded(text: str, conditions: set[str]) -> str:
    """Return text that renders when one of the conditions holds."""
    if ALWAYS in conditions:
        return text
    condition = " or ".join(sorted(conditions))
    return f"{{% if {condition or 'false'} %}}{text}{{% endif %}}"


def other_entry(block: str, name: str, needs: Needs) -> str:
    """Return the entry of a package from the registry, its extras behind the overlays that ask for them."""
    parts = re.split(r"(^\[package\.(?:optional-dependencies|metadata)\]\n)", block, flags=re.MULTILINE)
    lines, i = [parts[0]], 1
    while i < len(parts):
        header, body = parts[i], parts[i + 1]
        if header.startswith("[package.optional-dependencies"):
            arrays = re.findall(r"^([\w-]+) = (\[\n.*?^\]\n)", body, flags=re.MULTILINE | re.DOTALL)
            wanted = {extra: needs.nodes[name, extra] for extra, _ in arrays}
            inner = "".join(guarded(f"{extra} = {array}", wanted[extra]) for extra, array in arrays)
            lines.append(guarded(header + inner, set().union(*wanted.values())))
        i += 2
    return "".join(lines)


def own_entry(block: str, needs: Needs) -> str:
    """Return the entry of the project itself: name from the answers, each dependency behind its overlay."""
    block = block.replace(f'"{OWN_NAME}"', '"{{ project_name }}"')
    return "".join(_own_lines(block, needs))


def _own_lines(block: str, needs: Needs) -> Iterator[str]:
    group = ""
    for line in block.splitlines(keepends=True):
        opened = re.match(r"^([\w-]+) = \[", line)
        if opened:
            group = "" if opened[1] in {"dependencies", "requires-dist"} else opened[1]
        entry = re.match(r'^    \{ name = "([^"]+)"', line)
        yield guarded(line, needs.lines[group, entry[1]]) if entry else line


def unconditional(template: str) -> str:
    """Return a lock template without its conditions, to keep its versions when it is written again."""
    text = re.sub(r"\{%.*?%\}", "", template)
    return text.replace("{{ project_name }}", OWN_NAME)


if __name__ == "__main__":
    sys.exit(main())
