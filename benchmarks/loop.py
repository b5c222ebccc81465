"""The least that writing a project from templates takes: `python loop.py TEMPLATES DESTINATION VARIABLES`."""

import json
import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader


def write(templates: Path, destination: Path, variables: dict[str, object]) -> None:
    """Render every file of a folder into another, names too."""
    environment = Environment(loader=FileSystemLoader(templates), keep_trailing_newline=True)  # noqa: S701 - no HTML
    for name in environment.list_templates():
        target = destination / environment.from_string(name).render(variables)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(environment.get_template(name).render(variables), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))
