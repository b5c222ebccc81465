"""Answers that come from a file, from standard input or from `--set`: reading them and refusing what is wrong."""

import contextlib
import difflib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

import yaml

from . import remedies
from .catalog import Value, as_text
from .errors import AnswersError, InputError
from .questionnaire import Questionnaire
from .rules import broken

COPIER_FILE = ".copier-answers.yml"
SUFFIXES = (".yml", ".yaml", ".toml", ".json")
LARGEST = 16 * 1024
"""Characters of answers that are read; a project has two thousand, and reading some takes time by their square."""
LONGEST_NAME = 60
"""Characters of an unknown name that are shown, and compared with questions."""
MOST = 20
"""Unknown names that are listed."""


def read(source: str, standard_input: TextIO) -> dict[str, Any]:
    """Read answers.

    Args:
        source: a YAML, TOML or JSON file, a project's `.copier-answers.yml`, or `-` for standard input.
        standard_input: what `-` reads.

    Raises:
        InputError: it cannot be read, or is no table of answers.
    """
    name = "standard input" if source == "-" else source
    suffix = Path(source).suffix.lower()
    if source != "-" and suffix not in SUFFIXES:
        raise InputError(f"{name}: answers are read from .yml, .yaml, .toml and .json files")
    try:
        text = standard_input.read(LARGEST + 1) if source == "-" else _file_text(Path(source))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{name}: cannot be read: {error}") from error
    if len(text) > LARGEST:
        raise InputError(f"{name}: has more than {LARGEST} characters; answers are a few lines")
    text = text.removeprefix("\ufeff")  # which editors on Windows write
    data = _parse(text, _kind(text) if source == "-" else suffix, name)
    if data is None or (data == {} and "{" not in text):
        raise InputError(f"{name}: has no answers; --defaults takes the recommended ones")
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise InputError(f"{name}: expected answers as name: value, got {type(data).__name__}")
    if Path(source).name == COPIER_FILE or "_src_path" in data:  # however it is called, or on standard input
        return {key: value for key, value in data.items() if not key.startswith("_")}
    return data


def _file_text(path: Path) -> str:
    """Return the start of a file, one character more than may be read.

    Raises:
        InputError: it is no file, and reading it may never end.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(f"{path}: is no file; pass what it gives on standard input, with --answers -")
    with path.open(encoding="utf-8") as stream:
        return stream.read(LARGEST + 1)


class _UniqueKeys(yaml.SafeLoader):
    """Refuses an answer that is given twice, where YAML would take the last one silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Construct a mapping after looking for a key that stands there twice."""
        _refuse_twice(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        return super().construct_mapping(node, deep=deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """Construct a whole number, unless YAML reads it as another one than people do."""
        value: int = super().construct_yaml_int(node)
        if re.match(r"[-+]?0[0-9]|.*:", node.value):
            plain = node.value.replace("_", "").lstrip("0")
            meant = f"{plain} or {value}" if plain.isdecimal() else str(value)
            raise ValueError(f"YAML reads {node.value} as {value}; write {meant}")
        return value


_UniqueKeys.add_constructor("tag:yaml.org,2002:int", _UniqueKeys.construct_yaml_int)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _refuse_twice(key for key, _ in pairs)
    return dict(pairs)


def _refuse_twice(keys: Iterable[str]) -> None:
    twice = [key for key, count in Counter(keys).items() if count > 1]
    if twice:
        raise ValueError(f"{', '.join(twice)}: answered more than once")


def _kind(text: str) -> str:
    """Return the suffix that fits a text without a file name: JSON and TOML are recognised, all else is YAML.

    YAML comes last since it takes lines of TOML for plain text, and refuses the tabs that JSON may be indented with.
    """
    parsers: dict[str, Callable[[str], object]] = {".json": json.loads, ".toml": tomllib.loads}
    for suffix, parse in parsers.items():
        with contextlib.suppress(ValueError, RecursionError):
            parse(text)
            return suffix
    return ".yml"


def _parse(text: str, suffix: str, source: str) -> Any:  # noqa: ANN401 - whatever the file holds
    try:
        if suffix == ".toml":
            return tomllib.loads(text)
        if suffix == ".json":
            return json.loads(text, object_pairs_hook=_unique)
        return yaml.load(text, Loader=_UniqueKeys)  # noqa: S506 - it is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InputError(f"{source}{place}: cannot be parsed: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{source}: cannot be parsed: {error}") from error


def from_settings(settings: Iterable[str], questionnaire: Questionnaire, option: str = "--set ") -> dict[str, Any]:
    """Read `--set name=value`; a value is YAML, but text and whole numbers are taken as they stand there.

    Args:
        settings: what follows the option.
        questionnaire: the questions.
        option: what stands before a setting, in messages.

    Raises:
        InputError: there is no `=`, or the value is no YAML.
    """
    answers: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise InputError(f"{option}{setting}: expected name=value")
        if name in answers:
            raise InputError(f"{option}{setting}: {name} is answered more than once")
        question = questionnaire.catalog.question(name) if name in questionnaire.catalog else None
        if question and question.multiselect and not text.lstrip().startswith("["):
            answers[name] = _listed(text)
        elif question and question.type == "str" and not question.multiselect:
            answers[name] = text
        elif question and question.type == "int" and re.fullmatch(r"-?[0-9]{1,18}", text):
            answers[name] = int(text)  # YAML would read 0200 as an octal number
        else:
            answers[name] = _parse(text, ".yml", f"{option}{setting}")
    return answers


def check(questionnaire: Questionnaire, given: Mapping[str, Any]) -> dict[str, Value]:
    """Complete the given answers with defaults, or with other answers where the rules refuse a default.

    A list may be given as text, with commas between its items.

    Returns:
        All answers that apply, in the order of the catalogue.

    Raises:
        AnswersError: anything is wrong with them; it lists all problems, with rule and remedy.
    """
    catalog = questionnaire.catalog
    unknown = [name for name in given if name not in catalog]
    problems = [_unknown(name, questionnaire) for name in unknown[:MOST]]
    if len(unknown) > MOST:
        problems.append(f"{len(unknown) - MOST} more names that no question has")
    usable: dict[str, Value] = {}
    for question in catalog.questions:
        if question.name not in given:
            continue
        answer = _listed(given[question.name]) if question.multiselect else given[question.name]
        alone = questionnaire.refusal(question, answer, {})
        if alone is None:
            usable[question.name] = answer
        else:
            problems.append(f"{question.name}: {alone}{remedies.of_choice(question, answer, questionnaire)}")
    answers = questionnaire.complete({**usable, **remedies.further(questionnaire, {}, usable)})
    for rule in broken(catalog.rules, answers):
        axes = (question.name for question in catalog.questions if question.name in rule.axes)
        combination = " with ".join(f"{axis}={as_text(answers[axis])}" for axis in axes)
        remedy = remedies.of_rule(rule, questionnaire, answers, usable)
        problems.append(f"{combination}: {rule.reason} (rule {rule.id}){remedy}")
    for name, value in usable.items():
        question = catalog.question(name)
        if name not in answers and value != questionnaire.default(question, answers):
            problems.append(f"{name}: does not apply to the other answers ({question.when}); leave it out")
    for name, value in answers.items():
        question = catalog.question(name)
        if name not in given and not question.choices:
            refused = questionnaire.refusal(question, value, {})
            if refused:
                problems.append(f"{name}: {refused}")
    if problems:
        raise AnswersError(tuple(problems))
    return answers


def _listed(answer: Any) -> Any:  # noqa: ANN401 - whatever was given
    """Return the items of a list that was given as text; anything else as it is."""
    return [item.strip() for item in answer.split(",") if item.strip()] if isinstance(answer, str) else answer


def _unknown(name: str, questionnaire: Questionnaire) -> str:
    if name in questionnaire.catalog.computed:
        return f"{name}: is computed from the other answers and cannot be given"
    if len(name) > LONGEST_NAME:
        return f"{name[:LONGEST_NAME]}…: there is no question with a name of {len(name)} characters"
    near = difflib.get_close_matches(name, [question.name for question in questionnaire.catalog.questions], n=1)
    hint = f"; did you mean {near[0]}?" if near else "; `mlops-new questions` lists all questions"
    return f"{name}: there is no such question{hint}"
