"""What a template file reads of the answers: its content, its path, and everything that it includes or extends.

The unit of what is read is not an answer but what the template sees of it: `use.cloud_aws` has two values where
`cloud` has five. Files are traced from Jinja's syntax trees, so every branch counts, taken or not.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cached_property
from itertools import chain
from pathlib import Path

import jinja2
import yaml
from jinja2 import nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import SandboxedEnvironment
from jinja2.visitor import NodeTransformer
from jinja2_ansible_filters import AnsibleCoreFiltersExtension

from mlops_new.catalog import Catalog, Question
from mlops_new.overlays import FILLINGS, SLOTS, choices_of, folder, in_order, overlays, plain_parts

SUFFIX = ".jinja"
LEFT_OUT = ("_includes", FILLINGS)
"""Folders and files of the template that no project gets: `_exclude` in copier.yml."""
SWITCHES = ("use", "overlays")
"""Computed answers that say which folders there are; only slots read them as a whole."""
OF_COPIER = "_copier_answers"
"""The one variable of copier's own that templates may read; it holds every answer."""


DEFINITIONS = (nodes.Assign, nodes.AssignBlock, nodes.FromImport, nodes.Import, nodes.Macro)
"""Nodes that put nothing into a file, but give names to what follows."""


class UntraceableError(Exception):
    """A template reads answers in a way that cannot be traced; the message says where."""


class TracedTemplate:
    """The template of a repository, and what each of its files reads.

    Names of what is read: `cloud` is an answer, `use.cloud_aws` one switch, `use.ci_github/cloud_aws` two of them
    together, `cron` what is computed from answers.
    """

    def __init__(self, root: Path, catalog: Catalog) -> None:
        """Read the template.

        Args:
            root: folder that holds copier.yml, questions/ and template/.
            catalog: its catalogue.
        """
        self.root = root
        self.catalog = catalog
        self._environment = SandboxedEnvironment(extensions=[AnsibleCoreFiltersExtension])
        self._traced: dict[str, frozenset[str]] = {}
        self._reads: dict[str, frozenset[str]] = {}
        self._slots: dict[str, dict[str, frozenset[str]]] = {}
        self._axes: dict[str, frozenset[str]] = {}

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Paths below template/ of the files that projects are made of."""
        template = self.root / "template"
        paths = (path.relative_to(template) for path in sorted(template.rglob("*")) if path.is_file())
        return tuple(path.as_posix() for path in paths if not set(path.parts) & set(LEFT_OUT))

    def reads(self, file: str) -> frozenset[str]:
        """Return what the path and the content of a file of the template read.

        Raises:
            UntraceableError: it cannot be traced.
        """
        if file not in self._reads:
            content = self._of_file(f"template/{file}") if file.endswith(SUFFIX) else frozenset()
            path = self._of_source("/".join(plain_parts(file)), f"path of {file}")
            self._reads[file] = content | switched(choices_of(file)) | path
        return self._reads[file]

    def reads_of_slot(self, overlay: str, slot: str) -> frozenset[str]:
        """Return what an overlay's text for a slot reads, including its own switches; nothing if there is none.

        Raises:
            UntraceableError: it cannot be traced.
        """
        return self._of_slot(slot).get(overlay, frozenset())

    def segments(self, file: str) -> tuple[frozenset[str], ...]:
        """Return what each part of a file's content reads; the content is these parts, one after another.

        A part is a node at the top level of the syntax tree, with the definitions in front of it, such as a block; of a
        slot, what one overlay puts there; of copier's answers, which are written as YAML key by key, one answer.

        Raises:
            UntraceableError: it cannot be traced.
        """
        where = f"template/{file}"
        tree = self._whole((self.root / where).read_text(encoding="utf-8"), where)
        prelude = [node for node in tree.body if isinstance(node, DEFINITIONS)]
        parts: list[frozenset[str]] = []
        for part in _parts(tree.body):
            if isinstance(part, (*DEFINITIONS, nodes.TemplateData)):
                continue
            body = part if isinstance(part, nodes.Stmt) else nodes.Output([part], lineno=part.lineno)
            alone = nodes.Template([*prelude, body], lineno=1)
            alone.set_environment(self._environment)
            if any(name.name == "self" for name in alone.find_all(nodes.Name)):
                alone = tree  # a block again, whichever it is
            slot = self._slot_called(part, self._slot_macros(tree))
            if slot is not None:
                parts += self._of_slot(slot).values()
                continue
            read = frozenset(self._of_tree(alone, where, {"use"}))
            parts += [frozenset([q.name]) for q in self.catalog.questions] if OF_COPIER in read else [read]
        return tuple(parts)

    def axes(self, name: str) -> frozenset[str]:
        """Return the questions whose answers decide what is read under a name.

        Raises:
            UntraceableError: there is no such name.
        """
        if name not in self._axes:
            self._axes[name] = self._decided_by(name)
        return self._axes[name]

    def _decided_by(self, name: str) -> frozenset[str]:
        if name == OF_COPIER:
            return frozenset(question.name for question in self.catalog.questions if question.choices)
        if name.startswith("use."):
            return frozenset().union(*(self.axes(axis) for axis, _ in self.switch(name.removeprefix("use."))))
        if name in self.catalog:
            question = self.catalog.question(name)
            return frozenset([name]) if question.choices else self._behind_default(question)
        if name in self.computed:
            below = self._of_source(self.computed[name], f"the computed answer {name}")
            return frozenset().union(*(self.axes(each) for each in below - {name}))
        if name in self.constants:
            return frozenset()
        raise UntraceableError(f"{name} is no answer")

    def _behind_default(self, question: Question) -> frozenset[str]:
        """Return what decides the answer to a question without choices: in the proof it is always the default one."""
        read = self._of_source(str(question.default), f"the default of {question.name}", apart={"_copier_conf"})
        return frozenset().union(*(self.axes(name) for name in read))

    def switch(self, choices: str) -> tuple[tuple[str, str], ...]:
        """Return the questions and choices, computed ones included, that switch on `iac_terraform/cloud_aws`.

        Raises:
            UntraceableError: there is no such choice.
        """
        try:
            return tuple(self.catalog.switches[switch] for switch in choices.split("/"))
        except KeyError:
            raise UntraceableError(f"use.{choices} names no choice of the catalogue") from None

    @cached_property
    def computed(self) -> dict[str, str]:
        """Names of computed answers → the expressions that give them."""
        return {name: text for name, text in self._defaults.items() if name not in SWITCHES and isinstance(text, str)}

    @cached_property
    def constants(self) -> dict[str, object]:
        """Names of computed answers that are the same for all → their data."""
        return {name: data for name, data in self._defaults.items() if not isinstance(data, str)}

    @cached_property
    def _defaults(self) -> dict[str, object]:
        documents = (
            yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((self.root / "questions").glob("*.yml"))
        )
        entries = {name: entry for document in documents for name, entry in document.items()}
        return {name: entries[name]["default"] for name in self.catalog.computed}

    @cached_property
    def overlays(self) -> tuple[str, ...]:
        """Names of the overlays, in the order in which they fill slots: `ci/ci_github/cloud_aws`."""
        return tuple(in_order(overlays(self.root / "template"), self.catalog))

    def _of_file(self, path: str) -> frozenset[str]:
        if path not in self._traced:
            self._traced[path] = self._of_source((self.root / path).read_text(encoding="utf-8"), path)
        return self._traced[path]

    def _of_source(self, source: str, where: str, apart: Set[str] = frozenset()) -> frozenset[str]:
        return frozenset(self._of_tree(self._whole(source, where), where, {"use", *apart}))

    def _whole(self, source: str, where: str) -> nodes.Template:
        """Parse a template, with the one it extends and with the contents of its blocks."""
        whole: nodes.Template = _Contents().visit(self._extended(source, where))
        return whole

    def _extended(self, source: str, where: str) -> nodes.Template:
        """Parse a template or, where it extends another one, that one with its blocks."""
        try:
            tree = self._environment.parse(source)
        except jinja2.TemplateSyntaxError as error:
            raise UntraceableError(f"{where}: {error.message} (line {error.lineno})") from error
        extends = next(tree.find_all(nodes.Extends), None)
        if extends is None:
            return tree
        if extends not in tree.body:
            raise UntraceableError(f"{where}, line {extends.lineno}: extends under a condition")
        path = _constant(extends.template)
        if path is None:
            raise UntraceableError(f"{where}, line {extends.lineno}: what is extended is not a constant")
        self._refuse_beside_blocks(tree, where)
        blocks = _Blocks(tree)
        extended: nodes.Template = blocks.visit(self._extended((self.root / path).read_text(encoding="utf-8"), path))
        if blocks.left:
            raise UntraceableError(f"{where}: {blocks.left.pop()} is no block of {path}")
        extended.body[:0] = [node for node in tree.body if isinstance(node, DEFINITIONS)]
        return extended

    def _refuse_beside_blocks(self, tree: nodes.Template, where: str) -> None:
        """Refuse what a template that extends another one has beside its blocks, since it is silently lost."""
        for part in _parts(tree.body):
            if isinstance(part, nodes.TemplateData):
                lost = bool(part.data.strip())
            else:
                lost = not isinstance(part, (*DEFINITIONS, nodes.Block, nodes.Extends))
            if lost:
                raise UntraceableError(f"{where}, line {part.lineno}: outside of blocks nothing is written")

    def _of_tree(self, tree: nodes.Template, where: str, apart: Set[str]) -> Iterator[str]:
        switches = self._switches(tree, where)
        yield from (f"use.{overlay}" for overlay in switches)
        for name in find_undeclared_variables(tree):
            if name not in apart:
                self.axes(name)
                yield name
        for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport)):
            path = _constant(node.template)  # type: ignore[attr-defined]
            if path is None:
                raise UntraceableError(f"{where}, line {node.lineno}: what is included is not a constant")
            if path != SLOTS:
                yield from self._of_file(path)
        macros = self._slot_macros(tree)
        calls = [slot for node in tree.find_all(nodes.Call) if (slot := self._slot_called(node, macros))]
        for slot in calls:
            yield from chain.from_iterable(self._of_slot(slot).values())
        if len(calls) != sum(node.name in macros for node in tree.find_all(nodes.Name)):
            raise UntraceableError(f"{where}: slot is used other than by calling it with a constant name")

    def _slot_macros(self, tree: nodes.Template) -> frozenset[str]:
        """Return the names that a template imports the macro `slot` under."""
        imports = (node for node in tree.find_all(nodes.FromImport) if _constant(node.template) == SLOTS)
        return frozenset(name if isinstance(name, str) else name[1] for node in imports for name in node.names)

    def _slot_called(self, node: nodes.Node, macros: frozenset[str]) -> str | None:
        """Return the name of the slot, if the node is a call of the macro with a constant name."""
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in macros:
            return _constant(node.args[0]) if len(node.args) == 1 else None
        return None

    def _of_slot(self, name: str) -> dict[str, frozenset[str]]:
        """Return overlay → what its text for a slot reads, including its own switches."""
        if name not in self._slots:
            self._slots[name] = {
                overlay: switched(overlay.split("/")[1:]).union(self._of_tree(texts[name], f"{where}, {name}", {"use"}))
                for overlay, (where, texts) in self._fillings.items()
                if name in texts
            }
        return self._slots[name]

    @cached_property
    def _fillings(self) -> dict[str, tuple[str, dict[str, nodes.Template]]]:
        """Overlay → the path of its file for slots, and slot → the text there."""
        files = {name: (folder(Path("template"), name) / FILLINGS).as_posix() for name in self.overlays}
        return {name: (file, self._texts(file)) for name, file in files.items() if (self.root / file).is_file()}

    def _texts(self, where: str) -> dict[str, nodes.Template]:
        """Return the body of each macro of a file for slots, as a template of its own.

        Raises:
            UntraceableError: the file has something else, which would be lost, or a text that begins on the line of the
                macro's name, whose first character would be.
        """
        tree = self._whole((self.root / where).read_text(encoding="utf-8"), where)
        texts: dict[str, nodes.Template] = {}
        for node in _parts(tree.body):
            if isinstance(node, nodes.TemplateData) and not node.data.strip():
                continue
            if not isinstance(node, nodes.Macro) or node.args or node.name in texts:
                raise UntraceableError(f"{where}, line {node.lineno}: it is no macro of a slot, or a second one")
            first = next(_parts(node.body), None)
            if not (isinstance(first, nodes.TemplateData) and first.data.startswith("\n")):
                raise UntraceableError(f"{where}, line {node.lineno}: the text begins on the line of the macro's name")
            texts[node.name] = nodes.Template(node.body, lineno=node.lineno)
            texts[node.name].set_environment(self._environment)
        return texts

    def _switches(self, tree: nodes.Template, where: str) -> set[str]:
        """Return the overlays whose switches are read one by one; reading `use` in any other way cannot be traced."""
        read: set[str] = set()
        constant = 0
        for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
            if isinstance(node.node, nodes.Name) and node.node.name == "use":  # type: ignore[attr-defined]
                name = node.attr if isinstance(node, nodes.Getattr) else _constant(node.arg)  # type: ignore[attr-defined]
                if name is None:
                    raise UntraceableError(f"{where}, line {node.lineno}: which switch is read is not a constant")
                self.switch(name)
                read.add(name)
                constant += 1
        if constant != sum(node.name == "use" for node in tree.find_all(nodes.Name)):
            raise UntraceableError(f"{where}: use is read as a whole")
        return read


class _Blocks(NodeTransformer):
    """Puts the blocks of a template in the place of those of the same name."""

    def __init__(self, tree: nodes.Template) -> None:
        self._blocks = {block.name: block for block in tree.find_all(nodes.Block)}
        self.left = set(self._blocks)

    def visit_Block(self, node: nodes.Block) -> nodes.Node:  # noqa: N802 - Jinja's name
        self.left.discard(node.name)
        return self.generic_visit(self._blocks.get(node.name, node))


class _Contents(NodeTransformer):
    """Puts the contents of blocks in their places, where names are known that the template gave before."""

    def visit_Block(self, node: nodes.Block) -> nodes.Node:  # noqa: N802 - Jinja's name
        return self.generic_visit(nodes.Scope(node.body, lineno=node.lineno))


def _parts(body: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    """Yield statements, and texts and expressions that are written, one by one."""
    for node in body:
        yield from node.nodes if isinstance(node, nodes.Output) else [node]


def _constant(node: nodes.Node) -> str | None:
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else None


def switched(choices: Sequence[str]) -> frozenset[str]:
    """Return what is read to tell whether choices were made, all of them."""
    return frozenset(["use." + "/".join(choices)] if choices else [])
