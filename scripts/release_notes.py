"""Print what CHANGELOG.md says of a version, for its release; refuse a tag that is not the version of the package.

Usage: python scripts/release_notes.py TAG
"""

import argparse
import sys
import tomllib
from pathlib import Path

from mlops_new.changelog import sections

ROOT = Path(__file__).parent.parent


class ReleaseError(Exception):
    """The tag cannot be released; the message says what to do first."""


def released(tag: str, root: Path) -> str:
    """Return the notes of a tag.

    Args:
        tag: name of the tag, such as v0.1.0.
        root: folder that holds pyproject.toml and CHANGELOG.md.

    Raises:
        ReleaseError: the package has another version, or the change log has nothing on this one.
    """
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if tag != f"v{version}":
        raise ReleaseError(f"the tag is {tag}, but pyproject.toml has version {version}; tag v{version}, or raise it")
    return section((root / "CHANGELOG.md").read_text(encoding="utf-8"), version)


def section(changelog: str, version: str) -> str:
    """Return the text below the heading of one version.

    Args:
        changelog: text of CHANGELOG.md.
        version: the version, without the leading v.

    Raises:
        ReleaseError: there is no such heading, or nothing below it.
    """
    found = sections(changelog).get(version)
    if found is None:
        raise ReleaseError(f"CHANGELOG.md has no heading `## {version} - YYYY-MM-DD`; add it below Unreleased")
    notes = found.partition("\n")[2].strip()
    if not notes:
        raise ReleaseError(f"CHANGELOG.md says nothing about {version}; move the lines of Unreleased there")
    return notes + "\n"


def main() -> int:
    """Print the notes; returns the exit code."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("tag", help="the tag that is released, such as v0.1.0")
    try:
        print(released(parser.parse_args().tag, ROOT), end="")
    except ReleaseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
