"""Renders the template for a new project: the bytes and modes that copier writes, in a fraction of its time.

It supports what our template needs of copier and refuses anything else; tests/render compares it with copier itself.
It imports next to nothing of this package, since the build hook imports it, too.
"""

import compileall
import copy
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Container, Iterable, Mapping, MutableMapping
from importlib.metadata import version
from pathlib import Path, PurePath, PurePosixPath
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeGuard

import jinja2
import yaml
from jinja2.environment import TemplateModule
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import SandboxedEnvironment
from jinja2_ansible_filters import AnsibleCoreFiltersExtension

from .errors import RenderError
from .loader import SafeLoader

SUFFIX = ".jinja"
SETTINGS = frozenset(
    {
        "_min_copier_version",
        "_subdirectory",
        "_templates_suffix",
        "_answers_file",
        "_exclude",
        "_skip_if_exists",
        "_message_before_update",
        "_message_after_copy",
    }
)
"""What copier.yml may set."""
DETAILS = frozenset({"type", "help", "default", "when", "validator", "choices", "multiselect"})
"""What a question may say."""
COMPILERS = ("jinja2", "jinja2-ansible-filters")
"""Packages that have a say in what a template compiles to."""
_TEXT = "="
"""Starts the name of a text that is no file, such as a folder's name or a default; the text itself follows."""


class Source(NamedTuple):
    """A file of the template, or a macro that is looked up in one by its name."""

    file: str
    macro: str = ""


class Template:
    """The template, read once and rendered for any number of answers.

    Attributes:
        users_files: patterns of the paths of files that are the user's once a project has them.
    """

    def __init__(self, root: Path, files: Iterable[str], store: Path) -> None:
        """Read the template.

        Args:
            root: folder that holds copier.yml, questions/ and the template.
            files: paths of all files in it, with slashes.
            store: folder with compiled templates; without them rendering is slower.

        Raises:
            RenderError: the template uses a feature of copier that is not supported here.
        """
        self._root = root
        settings, self._questions = _configuration(root)
        self._folder = PurePosixPath(settings["_subdirectory"])
        self._answers_file = PurePath(settings["_answers_file"])
        self._excluded = frozenset(settings["_exclude"])
        self.users_files = tuple(settings.get("_skip_if_exists", ()))
        self._files = _below(root, self._folder, files)
        self._folders = {p for file in self._files for p in file.parents if p.is_relative_to(self._folder)}
        self._names = {part for file in self._files for part in _target(file).parts if _is_template(part)}
        self._texts = {str(p): (root / p).read_text(encoding="utf-8") for p in self._files if p.suffix == SUFFIX}
        expressions = [question.get(key) for question in self._questions.values() for key in ("default", "when")]
        self._texts |= {_TEXT + text: text for text in (*self._names, *filter(_is_template, expressions))}
        self._compiled = store / _digest(self._texts)
        self._loader = _loader(self._texts, self._compiled if self.is_compiled else None)
        self._environment = _environment(self._loader)

    @property
    def is_compiled(self) -> bool:
        """Whether the store holds exactly these texts, compiled by what would compile them now."""
        return os.access(self._compiled, os.R_OK | os.X_OK)

    def compile(self) -> None:
        """Fill the store, in place of what it held.

        Raises:
            OSError: it cannot be written.
        """
        store = self._compiled.parent
        store.mkdir(parents=True, exist_ok=True)
        outdated = [folder for folder in store.iterdir() if folder != self._compiled]
        made = Path(tempfile.mkdtemp(dir=store))
        try:
            _environment(_loader(self._texts)).compile_templates(made, zip=None, ignore_errors=False)
            compileall.compile_dir(made, quiet=2)  # later readers may not be allowed to write here
            made.chmod(0o755)
            made.rename(self._compiled)
        except OSError:
            if not self.is_compiled:  # another process may have been quicker
                raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
        for folder in outdated:
            shutil.rmtree(folder, ignore_errors=True)

    def paths(self, answers: Mapping[str, Any]) -> list[str]:
        """Return the paths of the files that a project with these answers has, sorted."""
        context = self._context(answers, PurePath("project"), {})
        return sorted(str(place) for place in self._places(self._files, context).values())

    def templates(self, answers: Mapping[str, Any]) -> dict[str, str]:
        """Return path of each file of a project with these answers → the file of the template that renders to it.

        Raises:
            RenderError: two files of the template have the same place in the project.
        """
        context = self._context(answers, PurePath("project"), {})
        return {str(place): str(file) for file, place in self._distinct(context).items()}

    def sources(self, answers: Mapping[str, Any]) -> dict[str, tuple[Source, ...]]:
        """Return what each file of a project with these answers is made of.

        Returns:
            Path in the project → the file that renders to it, then whatever that uses, in the order of its first use.

        Raises:
            RenderError: the template cannot be rendered with these answers.
        """
        context = self._context(answers, PurePath("project"), {})
        sources = {str(place): self._used(file, context) for file, place in self._distinct(context).items()}
        return dict(sorted(sources.items()))

    def computed(self, name: str, answers: Mapping[str, Any]) -> tuple[Any, frozenset[str]]:
        """Return a computed answer, and the names of the answers that it is computed from."""
        expression = self._environment.parse(self._questions[name]["default"])
        return self._context(answers, PurePath("project"), {})[name], frozenset(find_undeclared_variables(expression))

    def write(self, answers: Mapping[str, Any], project: Path, origin: Mapping[str, str]) -> None:
        """Write a project.

        Args:
            answers: all answers that apply, checked.
            project: folder to create.
            origin: what `.copier-answers.yml` says about where the template came from.

        Raises:
            RenderError: the template cannot be rendered with these answers.
            OSError: something cannot be written.
        """
        context = self._context(answers, project, origin)
        for folder in self._places(self._folders, context).values():
            (project / folder).mkdir(parents=True, exist_ok=True)
        for file, place in self._distinct(context).items():
            source, target = self._root / file, project / place
            content = self._render(str(file), context).encode() if file.suffix == SUFFIX else source.read_bytes()
            target.write_bytes(content)
            mode = source.lstat().st_mode
            if stat.S_ISREG(mode) and mode & stat.S_IXUSR:
                target.chmod(target.stat().st_mode | 0o111)  # for all, as copier does whatever the umask

    def _context(self, answers: Mapping[str, Any], project: PurePath, origin: Mapping[str, str]) -> dict[str, Any]:
        """Return what templates can use: all answers, computed and inapplicable ones included."""
        conf = SimpleNamespace(dst_path=PurePath(project), answers_file=self._answers_file)
        context: dict[str, Any] = {**answers, "_copier_conf": conf}
        recorded: dict[str, Any] = dict(origin)
        for name, question in self._questions.items():
            if name not in answers:
                context[name] = self._default(question, context)
            if self._applies(question, context):
                recorded[name] = context[name]
        return {**context, "_copier_answers": recorded}

    def _applies(self, question: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
        when = question.get("when", True)
        return when if isinstance(when, bool) else _truth(self._text(when, context))

    def _default(self, question: Mapping[str, Any], context: Mapping[str, Any]) -> object:
        default = question["default"]
        if not isinstance(default, str):
            return copy.deepcopy(default)  # a template can change a list; the next project must not see that
        text = self._text(default, context)
        if question.get("multiselect"):
            chosen = _data(text)
            return [choice["value"] for choice in question["choices"].values() if choice["value"] in chosen]
        kinds: dict[str, Callable[[str], object]] = {"str": str, "int": int, "bool": _truth, "yaml": _data}
        return kinds[question["type"]](text)

    def _places(self, paths: Iterable[PurePosixPath], context: Mapping[str, Any]) -> dict[PurePosixPath, PurePosixPath]:
        """Return where files or folders of the template go, without those that the answers do not call for."""
        names = {name: self._text(name, context) for name in self._names}
        places = {}
        for path in paths:
            parts = [names.get(part, part) for part in _target(path).relative_to(self._folder).parts]
            place = PurePosixPath(*parts)
            if place.is_absolute() or ".." in place.parts:
                raise RenderError(f"{path} would be written outside of the project")
            if all(parts) and not self._excluded.intersection(place.parts):
                places[path] = place
        return places

    def _distinct(self, context: Mapping[str, Any]) -> dict[PurePosixPath, PurePosixPath]:
        """Return where the files of the template go; no two go to the same place."""
        places = self._places(self._files, context)
        if len(set(places.values())) < len(places):
            raise RenderError("two files of the template have the same place in the project")
        return places

    def _used(self, file: PurePosixPath, context: Mapping[str, Any]) -> tuple[Source, ...]:
        """Return a file of the template, then what it uses with these answers."""
        if file.suffix != SUFFIX:
            return (Source(str(file)),)
        recording = _Recording(self._loader)
        # With an environment of its own, and so a cache, a file loads again what another one has loaded.
        self._render(str(file), context, _environment(recording, _RecordingSandbox))
        return tuple(dict.fromkeys(recording.used))

    def _text(self, text: str, context: Mapping[str, Any]) -> str:
        return self._render(_TEXT + text, context) if _is_template(text) else text

    def _render(self, name: str, context: Mapping[str, Any], environment: jinja2.Environment | None = None) -> str:
        try:
            return (environment or self._environment).get_template(name).render(context)
        except jinja2.TemplateError as error:
            raise RenderError(f"the template cannot be rendered with these answers: {name}: {error}") from error


class _Sandbox(SandboxedEnvironment):
    """Copier's sandbox: a path's `parser` leads to modules."""

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """Tell whether a template may use an attribute."""
        return not (isinstance(obj, PurePath) and attr == "parser") and super().is_safe_attribute(obj, attr, value)


class _CompiledLoader(jinja2.ModuleLoader):
    """Loads compiled texts, and asks the file system for nothing else, as slots that are not there would."""

    def __init__(self, folder: Path, names: Container[str]) -> None:
        super().__init__([folder])
        self._names = names

    def load(
        self, environment: jinja2.Environment, name: str, globals: MutableMapping[str, Any] | None = None
    ) -> jinja2.Template:
        """Load a text that is one of the names."""
        if name not in self._names:
            raise jinja2.TemplateNotFound(name)
        return super().load(environment, name, globals)


class _Recording(jinja2.BaseLoader):
    """Loads texts as another loader does, and records them."""

    def __init__(self, loader: jinja2.BaseLoader) -> None:
        self._loader = loader
        self.used: list[Source] = []

    def load(
        self, environment: jinja2.Environment, name: str, globals: MutableMapping[str, Any] | None = None
    ) -> jinja2.Template:
        """Load a text, which a cache lets happen once."""
        template = self._loader.load(environment, name, globals)
        self.used.append(Source(name))
        return template


class _RecordingSandbox(_Sandbox):
    """Records the macros that are looked up beside what its loader loads."""

    loader: _Recording

    def getitem(self, obj: object, argument: object) -> object:
        """Look up an item; of a template that was imported that is a macro."""
        if isinstance(obj, TemplateModule):
            self.loader.used.append(Source(str(obj.__name__), str(argument)))
        return super().getitem(obj, argument)


def _loader(texts: Mapping[str, str], compiled: Path | None = None) -> jinja2.BaseLoader:
    """Return a loader of texts that may be compiled already."""
    plain = jinja2.DictLoader(texts)
    return jinja2.ChoiceLoader([_CompiledLoader(compiled, texts), plain]) if compiled else plain


def _environment(loader: jinja2.BaseLoader, kind: type[_Sandbox] = _Sandbox) -> jinja2.Environment:
    """Set up Jinja as copier does, but for a quicker YAML."""
    extensions = [AnsibleCoreFiltersExtension]
    made = kind(loader=loader, extensions=extensions, keep_trailing_newline=True, auto_reload=False, cache_size=-1)
    made.filters["from_yaml"] = _data
    return made


class _ConfigurationLoader(SafeLoader):
    """Understands copier's `!include` of a single file."""


_ConfigurationLoader.add_constructor("!include", lambda _, node: str(node.value))


def _configuration(root: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Read settings and questions of copier.yml and the files that it includes."""
    entries: dict[str, Any] = {}
    for document in yaml.load_all((root / "copier.yml").read_text(encoding="utf-8"), _ConfigurationLoader):
        included = isinstance(document, str)
        entries |= _data((root / document).read_text(encoding="utf-8")) if included else document
    settings = {name: value for name, value in entries.items() if name.startswith("_")}
    questions = {name: value for name, value in entries.items() if not name.startswith("_")}
    details = {detail for question in questions.values() for detail in question}
    patterns = {pattern for pattern in settings["_exclude"] if not re.fullmatch(r"[\w-]+", pattern)}
    unknown = (settings.keys() - SETTINGS) | (details - DETAILS) | patterns
    if unknown or settings["_templates_suffix"] != SUFFIX:
        raise RenderError(f"copier.yml uses features not supported here: {', '.join(sorted(unknown)) or 'its suffix'}")
    return settings, questions


def _below(root: Path, folder: PurePosixPath, files: Iterable[str]) -> list[PurePosixPath]:
    """Return files in the template's folder, without those that a template of the same name replaces."""
    paths = {path for path in map(PurePosixPath, files) if path.is_relative_to(folder)}
    for path in paths:
        file = root / path
        if file.is_symlink() and not (file.is_file() and file.resolve().is_relative_to(root.resolve())):
            raise RenderError(f"{path} is a link to a folder, or out of the template")
    return sorted(path for path in paths if path.with_name(path.name + SUFFIX) not in paths)


def _target(path: PurePosixPath) -> PurePosixPath:
    return path.with_suffix("") if path.suffix == SUFFIX else path


def _is_template(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and "{" in text


def _data(text: str) -> Any:  # noqa: ANN401 - any type that YAML has
    return yaml.load(text, SafeLoader)  # noqa: S506 - it is a safe one


def _truth(text: str) -> bool:
    return text.strip().lower() in {"true", "yes", "1"}


def _digest(texts: Mapping[str, str]) -> str:
    """Hash all that the compiled templates depend on."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name, text in (*((name, version(name)) for name in COMPILERS), *sorted(texts.items())):
        digest.update(f"\0{name}\0{text}".encode())
    return digest.hexdigest()[:16]
