"""Resources as literals of their TypeScript types: the compiler judges all of them at once."""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from proof.tools import ToolError

OPTIONS = {
    "strict": True,
    "noEmit": True,
    "skipLibCheck": True,
    "noErrorTruncation": True,
    "target": "es2022",
    "module": "esnext",
    "moduleResolution": "bundler",
    "types": [],
}
ERROR = re.compile(r"^manifests\.ts\((\d+),\d+\): error TS\d+: (.*(?:\n[ ].*)*)", re.MULTILINE)

Typed = tuple[str, str, object]
"""Module and name of a type, and the value that should be of it."""
Problem = tuple[int, str]
"""Number of a value, and what is wrong with it."""


def problems(values: Sequence[Typed], packages: Path) -> list[Problem]:
    """Return how values differ from their types.

    Args:
        values: what to judge.
        packages: a folder node_modules with the compiler and the types.

    Raises:
        ToolError: the compiler itself failed.
    """
    lines = ["export {};"]
    places = [(-1, "")]
    for number, value in enumerate(values):
        for line, field in _source(number, value):
            lines.append(line)
            places.append((number, field))
    found = []
    for line_number, text in _compile("\n".join(lines), packages):
        number, field = places[line_number - 1]
        found.append((number, f"{field or 'resource'}: {text}"))
    return found


def _source(number: int, typed: Typed) -> Iterator[tuple[str, str]]:
    """Yield lines of TypeScript, each with the field it holds."""
    module, name, value = typed
    yield f'import type {{ {name} as T{number} }} from "{module}";', ""
    yield from _literal(f"const _{number}: T{number} = ", value, "", ";")


def _literal(before: str, value: object, field: str, after: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield before + "{", field
        for key, item in value.items():
            yield from _literal(f"{json.dumps(str(key))}: ", item, f"{field}.{key}".removeprefix("."), ",")
        yield "}" + after, field
    elif isinstance(value, list):
        yield before + "[", field
        for place, item in enumerate(value):
            yield from _literal("", item, f"{field}[{place}]", ",")
        yield "]" + after, field
    else:
        yield before + json.dumps(value) + after, field


def _compile(source: str, packages: Path) -> list[tuple[int, str]]:
    """Return line and text of each error."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "node_modules").symlink_to(packages)
        (folder / "manifests.ts").write_text(source + "\n", encoding="utf-8")
        (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "files": ["manifests.ts"]}))
        compiler = [str(packages / ".bin" / "tsc"), "--pretty", "false"]
        done = subprocess.run(compiler, cwd=folder, capture_output=True, text=True)
    errors = [(int(line), text) for line, text in ERROR.findall(done.stdout)]
    if done.returncode and not errors:
        raise ToolError(f"tsc failed:\n{done.stdout}{done.stderr}")
    return errors
