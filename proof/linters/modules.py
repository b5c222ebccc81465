"""The modules of many packages, those that are the same in several of them once.

What a type checker says of a module depends on the module and on all that it imports, directly or not. So each module
gets a name that is made from both, in one package for all, and what it imports is imported under such names: modules
with the same name are the same, and one of them stands for all.
"""

import ast
import functools
import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

Place = tuple[str, ...]
"""Where a module is in its package: `("steps", "train")`; a package's own module is at `("steps",)`, or `()`."""


@dataclass(frozen=True)
class Module:
    """One module of the pool.

    Attributes:
        text: what it holds, imports under the names of the pool.
        origin: the file of a package that it was made from; lines have the same numbers there.
    """

    text: bytes
    origin: Path


@dataclass(frozen=True)
class _Import:
    """A statement `from … import …` in bytes `start` to `end`, and what it takes from where.

    Attributes:
        names: where a module is, the name in it, or none when the module itself is imported, and the name it gets here.
    """

    start: int
    end: int
    names: tuple[tuple[Place, str, str], ...]


def pooled(packages: Sequence[Sequence[Path]], pool: str) -> dict[str, Module]:
    """Return name → module, of all packages together.

    Args:
        packages: the folders of each: the package, and packages beside it that import from it. Nothing of them is
            imported but by `from … import …`.
        pool: name of the package that the modules are written to.

    Raises:
        SyntaxError: a module cannot be parsed.
    """
    modules: dict[str, Module] = {}
    for package, *others in packages:
        files = {_place(path.relative_to(package)): path for path in sorted(package.rglob("*.py"))}
        for other in others:
            files |= {_place(path.relative_to(other.parent)): path for path in sorted(other.rglob("*.py"))}
        contents = {place: path.read_bytes() for place, path in files.items()}
        around = {place: place if path.name == "__init__.py" else place[:-1] for place, path in files.items()}
        imports = {place: tuple(_imports(contents[place], around[place], package.name, files)) for place in files}
        needs = {place: {of for found in imports[place] for of, _, _ in found.names} for place in files}
        names = {place: _name(place, _reached(place, needs), contents) for place in files}
        for place, name in names.items():
            if name not in modules:
                modules[name] = Module(_rewritten(contents[place], imports[place], names, pool), files[place])
    return modules


def _reached(place: Place, needs: Mapping[Place, Set[Place]]) -> set[Place]:
    """Return a module and all that it imports, directly or not."""
    reached, waiting = {place}, [place]
    while waiting:
        further = needs[waiting.pop()] - reached
        reached |= further
        waiting += further
    return reached


def _name(place: Place, reached: Set[Place], contents: Mapping[Place, bytes]) -> str:
    parts = (part for each in sorted(reached) for part in (repr(each).encode(), contents[each]))
    return "_".join([*(place or ("init",)), hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]])


def _place(path: Path) -> Place:
    parts = path.with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def _imports(content: bytes, around: Place, package: str, files: Mapping[Place, Path]) -> Iterator[_Import]:
    """Yield what a module in the package `around` imports from others."""
    lines = [0]
    for line in content.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    for node in _statements(content):
        named = tuple((node.module or "").split(".")) if node.module else ()
        if node.level:
            target = (*around[: len(around) - node.level + 1], *named)
        elif named[0] == package:
            target = named[1:]
        else:
            continue
        names = tuple(
            ((*target, alias.name), "", alias.asname or alias.name)
            if (*target, alias.name) in files
            else (target, alias.name, alias.asname or alias.name)
            for alias in node.names
        )
        end = lines[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        yield _Import(lines[node.lineno - 1] + node.col_offset, end, names)


@functools.lru_cache(4096)
def _statements(content: bytes) -> tuple[ast.ImportFrom, ...]:
    """Return the statements `from … import …` of a module; packages share most texts, so each text is parsed once."""
    return tuple(node for node in ast.walk(ast.parse(content)) if isinstance(node, ast.ImportFrom))


def _rewritten(content: bytes, imports: Sequence[_Import], names: Mapping[Place, str], pool: str) -> bytes:
    for found in sorted(imports, key=lambda each: -each.start):
        statements = (
            f"from {pool}.{names[place]} import {name} as {here}"
            if name and name != here
            else f"from {pool}.{names[place]} import {name}"
            if name
            else f"from {pool} import {names[place]} as {here}"
            for place, name, here in found.names
        )
        # As many lines as before, so that findings name the right one.
        height = content.count(b"\n", found.start, found.end)
        content = content[: found.start] + "; ".join(statements).encode() + b"\n" * height + content[found.end :]
    return content
