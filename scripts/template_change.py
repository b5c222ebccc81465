"""Refuse a change of the template without a line in CHANGELOG.md and a version of its own.

Usage: python -m scripts.template_change BASE
"""

import argparse
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

from packaging.version import Version

from mlops_new.bundle import CONTENT

ROOT = Path(__file__).parent.parent
HEADING = re.compile(r"(?m)^## .*$")


def problems(root: Path, base: str) -> list[str]:
    """Return what a change lacks; nothing if it does not touch the template.

    Args:
        root: the repository; the change is its work tree.
        base: commit or branch that the change is to be merged into.
    """
    fork = _git(root, "merge-base", base, "HEAD").strip()
    changed = [*_git(root, "diff", "--name-only", fork, "--", *CONTENT).splitlines()]
    changed += _git(root, "ls-files", "--others", "--exclude-standard", "--", *CONTENT).splitlines()
    if not changed:
        return []
    found = []
    before, after = _git(root, "show", f"{fork}:CHANGELOG.md"), (root / "CHANGELOG.md").read_text(encoding="utf-8")
    if not Counter(_newest(after)) - Counter(before.splitlines()):
        found.append(f"{changed[0]} changed, and CHANGELOG.md says nothing new; add a line below Unreleased")
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    released = _git(root, "tag", "--list", "v*", "--merged", "HEAD").split()
    newest = max((Version(tag) for tag in released), default=None)
    if newest is not None and Version(version) <= newest:
        found.append(
            f"{changed[0]} changed, and v{newest} was released with another template; "
            f"raise the version in pyproject.toml, which is {version}, and run `uv lock`"
        )
    return found


def _newest(changelog: str) -> list[str]:
    """Return the lines of text of the newest version that has any; a release moves those of Unreleased."""
    sections = (
        [line for line in text.splitlines() if line and line[0] != "#"] for text in HEADING.split(changelog)[1:]
    )
    return next(filter(None, sections), [])


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def main() -> int:
    """Print what a change lacks; returns the exit code."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("base", metavar="BASE", help="what the change is to be merged into, such as origin/main")
    base = parser.parse_args().base
    try:
        found = problems(ROOT, base)
    except subprocess.CalledProcessError as error:
        print(f"error: {error.stderr.strip()}", file=sys.stderr)
        return 2
    print("\n".join(f"error: {problem}" for problem in found), end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
