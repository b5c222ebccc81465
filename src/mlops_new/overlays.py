"""Write questions/overlays.yml: the overlays that fill slots, which Jinja cannot find by itself."""

import argparse
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from .catalog import Catalog, load

ROOT = Path(__file__).parents[2]
LIST = "questions/overlays.yml"
SLOTS = "template/_includes/slots.jinja"
"""What every slot is called through."""
SWITCH = re.compile(r"\{\{use\.(\w+)\}\}")
TEXT = """\
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


def written(root: Path) -> str:
    """Return what questions/overlays.yml has to say.

    Args:
        root: folder that holds copier.yml, questions/ and template/.
    """
    template = root / "template"
    filling = [name for name in overlays(template) if (folder(template, name) / "_slots").is_dir()]
    return TEXT.format(lines="\n".join(f'      "{name}",' for name in in_order(filling, load(root))))


def main() -> int:
    """Write or check the list; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the list is stale instead of writing it")
    options = parser.parse_args()
    path, wanted = ROOT / LIST, written(ROOT)
    if path.exists() and path.read_text(encoding="utf-8") == wanted:
        return 0
    if options.check:
        print(f"stale: {LIST}; `make overlays` writes it")
        return 1
    path.write_text(wanted, encoding="utf-8")
    print(f"written: {LIST}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
