"""The site's configuration: what the generator does not check itself."""

import tomllib
from collections.abc import Iterator
from typing import Any

from conftest import ROOT

SITE: dict[str, Any] = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]


def pages(entries: list[Any]) -> Iterator[str]:
    """Every page of a navigation: one is a path, or an entry with a title and a path or further entries."""
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            yield from [value] if isinstance(value, str) else pages(value)


def test_every_page_is_listed_once() -> None:
    folder = ROOT / "docs"
    assert sorted(pages(SITE["nav"])) == sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))


def test_the_addresses_are_those_of_the_package() -> None:
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    assert (SITE["repo_url"], SITE["site_url"]) == (urls["Repository"], urls["Documentation"])
