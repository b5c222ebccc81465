"""Write what Jinja cannot find by itself: the overlays that fill slots, which slots those are, and the axes."""

import argparse
import re
import sys
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from .catalog import Catalog, load

ROOT = Path(__file__).parents[2]
SLOTS = "template/_includes/slots.jinja"
"""What every slot is called through."""
TABLE = "template/_includes/fillings.jinja"
"""What it looks up there: which overlays fill a slot."""
FILLINGS = "_slots.jinja"
"""The file of an overlay that says what it adds to shared files: a macro for each slot."""
CORE = "{{use.core}}"
"""The folder of the template with what every project gets."""
SWITCH = re.compile(r"\{\{use\.(\w+)\}\}")
MACRO = re.compile(r"^\{% macro (\w+)\(\) %\}\n(.*?)^\{%-? endmacro %\}$", re.MULTILINE | re.DOTALL)
OVERLAYS = """\
# Written by `make overlays`: the overlays that fill slots, in that order. What is left are those whose switches are on.
overlays:
  type: yaml
  when: false
  default: |
    {{% set filling = [
{lines}
    ] -%}}
    [
    {{%- for overlay in filling if not overlay.split("/") | reject("in", use) | list %}}
      "{{{{ overlay }}}}",
    {{%- endfor %}}
    ]
"""
TABLE_TEXT = """\
{{#- Written by `make overlays`: which overlays fill a slot. -#}}
{{%- set fillings = {{
{lines}
}} -%}}
"""
AXES = """\
{{#- Written by `make overlays`: every question and every computed answer that has choices. Later ones are undefined
    while earlier ones are asked. -#}}
{{%- set axes = {{
{lines}
}} -%}}
"""


def overlays(template: Path) -> list[str]:
    """Return the names of all overlays: the switches of their folders, such as `ci/ci_github/cloud_aws`.

    Args:
        template: the folder `template/` of a repository.
    """
    paths = (path.relative_to(template).parts for path in template.rglob("{{use.*}}"))
    names = (SWITCH.sub(r"\1", "/".join(parts)) for parts in paths)
    return [name for name in names if "/" in name]  # the folder of an axis is none itself


def folder(template: Path, overlay: str) -> Path:
    """Return the folder of an overlay."""
    return template.joinpath(*(f"{{{{use.{switch}}}}}" for switch in overlay.split("/")))


def fillings(template: Path, overlay: str) -> dict[str, str]:
    """Return what an overlay adds to shared files: slot → the source of its text.

    Args:
        template: the folder `template/` of a repository.
        overlay: name of the overlay.
    """
    path = folder(template, overlay) / FILLINGS
    return dict(MACRO.findall(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def fillers(template: Path, catalog: Catalog) -> dict[str, list[str]]:
    """Return slot → the overlays that fill it, in that order.

    Args:
        template: the folder `template/` of a repository.
        catalog: its catalogue.
    """
    found: dict[str, list[str]] = {}
    for name in in_order(overlays(template), catalog):
        for slot in fillings(template, name):
            found.setdefault(slot, []).append(name)
    return dict(sorted(found.items()))


def choices_of(file: str) -> list[str]:
    """Return the choices that the path of a file of the template needs: those of its overlay."""
    return [switch[1] for part in file.split("/") if (switch := SWITCH.fullmatch(part))][1:]


def plain_parts(file: str) -> list[str]:
    """Return the parts of the path of a file of the template that are not switches."""
    return [part for part in file.split("/") if not SWITCH.fullmatch(part)]


def in_order(names: Iterable[str], catalog: Catalog) -> list[str]:
    """Sort overlays: those of one choice as the catalogue has them, then those of several by their choices."""
    choices = list(catalog.switches)

    def key(name: str) -> tuple[int, int, list[str]]:
        _, *switches = name.split("/")
        return len(switches), choices.index(switches[0]) if len(switches) == 1 else 0, sorted(switches)

    return sorted(names, key=key)


def written(root: Path) -> dict[str, str]:
    """Return what the files that a program writes have to say, by their paths.

    Args:
        root: folder that holds copier.yml, questions/ and template/.
    """
    template, catalog = root / "template", load(root)
    filled = fillers(template, catalog)
    table = {slot: "".join(f'\n    "{name}",' for name in names) for slot, names in filled.items()}
    return {
        "questions/overlays.yml": OVERLAYS.format(
            lines="\n".join(f'      "{name}",' for name in in_order(set(chain(*filled.values())), catalog))
        ),
        TABLE: TABLE_TEXT.format(lines="\n".join(f'  "{slot}": [{names}\n  ],' for slot, names in table.items())),
        "template/_includes/axes.jinja": AXES.format(lines="\n".join(f'  "{axis}": {axis},' for axis in catalog.axes)),
    }


def write(root: Path) -> list[str]:
    """Write the files that are stale; return their paths."""
    stale = stale_files(root)
    for path, text in stale.items():
        (root / path).write_text(text, encoding="utf-8")
    return list(stale)


def stale_files(root: Path) -> dict[str, str]:
    """Return what the files have to say that say something else, by their paths."""
    return {
        path: text
        for path, text in written(root).items()
        if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != text
    }


def main() -> int:
    """Write or check the files; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a file is stale instead of writing it")
    check = parser.parse_args().check
    stale = list(stale_files(ROOT)) if check else write(ROOT)
    for path in stale:
        print(f"{path} is stale; `make overlays` writes it" if check else f"{path} is written")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
