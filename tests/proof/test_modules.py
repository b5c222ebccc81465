"""Modules of many packages: the same ones once, each with the imports it had."""

import ast
from collections.abc import Mapping
from pathlib import Path

from proof.linters.modules import pooled


def package(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a package."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


FILES = {
    "__init__.py": "",
    "errors.py": "class Error(Exception): ...\n",
    "steps/__init__.py": "",
    "steps/train.py": (
        "from ..errors import (\n    Error,\n    Error as Mistake,\n)  # why\nfrom .. import errors\n\nX = 1\n"
    ),
    "main.py": (
        "import json\n\nfrom .steps.train import X\n\n\ndef late() -> int:\n"
        "    from one import errors\n\n    return X\n"
    ),
}


def test_what_is_the_same_in_several_packages_is_there_once(tmp_path: Path) -> None:
    one = package(tmp_path / "one", FILES)
    two = package(tmp_path / "two", {**FILES, "main.py": "from .steps import train\n"})
    modules = pooled([[one], [two]], "pool")
    names = sorted(name.rsplit("_", 1)[0] for name in modules)
    assert names == ["errors", "init", "main", "main", "steps", "steps_train"]
    assert {module.origin.parts[len(tmp_path.parts)] for module in modules.values()} == {"one", "two"}


def test_a_module_is_another_one_when_something_that_it_imports_is(tmp_path: Path) -> None:
    one = package(tmp_path / "one", FILES)
    two = package(tmp_path / "two", {**FILES, "errors.py": "class Error(ValueError): ...\n"})
    names = [name.rsplit("_", 1)[0] for name in pooled([[one], [two]], "pool")]
    assert sorted(names) == ["errors", "errors", "init", "main", "main", "steps", "steps_train", "steps_train"]


def test_imports_are_of_the_pool_and_stand_on_their_lines(tmp_path: Path) -> None:
    modules = pooled([[package(tmp_path / "one", FILES)]], "pool")
    texts = {name.rsplit("_", 1)[0]: module.text.decode() for name, module in modules.items()}
    [errors] = [name for name in modules if name.startswith("errors_")]
    [train] = [name for name in modules if name.startswith("steps_train_")]
    assert texts["steps_train"] == (
        f"from pool.{errors} import Error; from pool.{errors} import Error as Mistake\n\n\n  # why\n"
        f"from pool import {errors} as errors\n\nX = 1\n"
    )
    assert texts["main"] == (
        f"import json\n\nfrom pool.{train} import X\n\n\ndef late() -> int:\n"
        f"    from pool import {errors} as errors\n\n    return X\n"
    )
    for text in texts.values():
        ast.parse(text)


def test_modules_that_import_each_other_change_together(tmp_path: Path) -> None:
    circle = {"__init__.py": "", "a.py": "from . import b\n", "b.py": "from .a import b\n", "c.py": "X = 1\n"}
    one = package(tmp_path / "one", circle)
    two = package(tmp_path / "two", {**circle, "b.py": "from .a import b\n\nY = 1\n"})
    names = [name.rsplit("_", 1)[0] for name in pooled([[one], [two]], "pool")]
    assert sorted(names) == ["a", "a", "b", "b", "c", "init"]


def test_a_package_beside_another_imports_from_it(tmp_path: Path) -> None:
    one = package(tmp_path / "one", FILES)
    tools = package(
        tmp_path / "tools", {"__init__.py": "", "a.py": "from one.errors import Error\n\nfrom . import b\n", "b.py": ""}
    )
    modules = pooled([[one, tools]], "pool")
    names = {name.rsplit("_", 1)[0]: name for name in modules}
    assert set(names) == {"init", "errors", "steps", "steps_train", "main", "tools", "tools_a", "tools_b"}
    assert modules[names["tools_a"]].text.decode() == (
        f"from pool.{names['errors']} import Error\n\nfrom pool import {names['tools_b']} as b\n"
    )
    assert modules[names["tools_a"]].origin == tools / "a.py"
