"""Write the tables of slots in docs/template.md: where each is called, which overlays fill it, and what it is for.

The first two are read from the template; what a slot is for is in slots.yml beside this program.

Usage: python scripts/slots.py [--check]
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path

import yaml
from jinja2 import nodes
from jinja2.sandbox import SandboxedEnvironment

from mlops_new.catalog import Catalog, load
from mlops_new.overlays import choices_of, fillers, overlays, plain_parts
from mlops_new.template import SUFFIX

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "template.md"
PURPOSES = Path(__file__).with_suffix(".yml")
BEGIN, END = "<!-- slots: begin -->\n", "<!-- slots: end -->\n"
MOST = 6
"""So many names fit into a cell of a table; instead of more there is their number."""


class SlotsError(Exception):
    """What is said of slots does not fit the template."""


def templates(template: Path) -> list[str]:
    """Return the paths of all templates below template/."""
    return sorted(path.relative_to(template).as_posix() for path in template.rglob(f"*{SUFFIX}"))


def callers(template: Path) -> dict[str, list[str]]:
    """Return slot → the files that call it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for file in templates(template):
        for slot in _called((template / file).read_text(encoding="utf-8")):
            found[slot].append(file)
    return found


def _called(text: str) -> set[str]:
    calls = SandboxedEnvironment().parse(text).find_all(nodes.Call)
    return {call.args[0].as_const() for call in calls if isinstance(call.node, nodes.Name) and call.node.name == "slot"}


def shortened(given: Sequence[str], among: Iterable[str], catalog: Catalog) -> list[str]:
    """Write several overlays as one name, such as `ci_github/cloud_*`, where all that it fits are given.

    Args:
        given: names of overlays without their axis; an empty one stands for what is in no overlay.
        among: all that there are.
        catalog: the catalogue.
    """
    fitting: defaultdict[str, set[str]] = defaultdict(set)
    for overlay in among:
        parts = [(switch, f"{catalog.switches[switch][0]}_*") for switch in overlay.split("/") if switch]
        for mixed in product(*parts):
            fitting["/".join(mixed)].add(overlay)
    names = [name for name, fit in fitting.items() if fit <= set(given)]
    written: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (-len(fitting[name]), name.count("*"), name)):
        written = dict.fromkeys(fitting[name], name) | written
    return list(dict.fromkeys(written[overlay] for overlay in given))


def tables(template: Path, catalog: Catalog, purposes: Mapping[str, Mapping[str, str]]) -> str:
    """Return a table for each group of slots.

    Args:
        template: the folder `template/` of a repository.
        catalog: its catalogue.
        purposes: group → slot → what it is for.

    Raises:
        SlotsError: a slot has no purpose, or a purpose no slot.
    """
    called = callers(template)
    filled = {slot: [_without_axis(name) for name in names] for slot, names in fillers(template, catalog).items()}
    known = {slot for group in purposes.values() for slot in group}
    if known != called.keys():
        raise SlotsError(f"it lacks {sorted(called.keys() - known)}; no template calls {sorted(known - called.keys())}")
    there = _by_place(templates(template))
    every = [_without_axis(name) for name in overlays(template)]
    lines: list[str] = []
    for group, slots in purposes.items():
        lines += ["", f"### {group}", "", "| slot | goes into | filled by | purpose |", "|---|---|---|---|"]
        for slot, purpose in slots.items():
            files = [
                f"{name}/{place}".removeprefix("/")
                for place, given in _by_place(called[slot]).items()
                for name in shortened(given, there[place], catalog)
            ]
            into = _cell(files, f"{len(called[slot])} files")
            by = _cell(shortened(filled[slot], every, catalog), f"{len(filled[slot])} overlays")
            lines.append(f"| `{slot}` | {into} | {by} | {purpose} |")
    return "\n".join(lines) + "\n"


def _cell(names: Sequence[str], number: str) -> str:
    return ", ".join(f"`{name}`" for name in names) if len(names) <= MOST else number


def _by_place(files: Iterable[str]) -> dict[str, list[str]]:
    """Return path of a file in its overlay → the overlays that have one there."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for file in files:
        place = "/".join(plain_parts(file)).removesuffix(SUFFIX).replace("{{package}}", "<package>")
        found[place].append("/".join(choices_of(file)))
    return found


def _without_axis(overlay: str) -> str:
    return overlay.partition("/")[2]


def main() -> int:
    """Write or check the tables; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="fail when they are stale instead of writing them")
    options = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    purposes = yaml.safe_load(PURPOSES.read_text(encoding="utf-8"))
    try:
        wanted = f"{before}{BEGIN}{tables(ROOT / 'template', load(ROOT), purposes)}\n{END}{after}"
    except SlotsError as error:
        print(f"{PURPOSES.relative_to(ROOT)}: {error}")
        return 1
    if page == wanted:
        return 0
    if not options.check:
        PAGE.write_text(wanted, encoding="utf-8")
    name = PAGE.relative_to(ROOT)
    print(f"stale: {name}; `make slots` writes it" if options.check else f"written: {name}")
    return 1 if options.check else 0


if __name__ == "__main__":
    sys.exit(main())
