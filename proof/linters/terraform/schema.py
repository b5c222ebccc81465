"""Rebuilds the schema of a Terraform provider from the bindings for programmers that cdktn generates from it.

Bindings tell, in regular text, nearly all that a schema says: the flags of an attribute stand in a comment in front of
its getter, its type in what the getter calls and in the table that writes HCL, and whether something is a block in a
comment of the declarations. The result has the format of `terraform providers schema -json`: the two can be compared.

What bindings do not tell: how many blocks there may be at most, when it is more than one; and what is in a block that
cdktn gave up on, such as the statement of aws_wafv2_web_acl, which is an attribute of any type here.
"""

import json
import re
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

Schema = dict[str, Any]
"""Any part of the output of `terraform providers schema -json`."""
Type = str | list[Any]
"""A type in it, such as "string" or ["list", "string"]."""

KINDS = {
    "TerraformResource": "resource_schemas",
    "TerraformDataSource": "data_source_schemas",
    "TerraformProvider": "provider",
}

CLASS = re.compile(r"^class (\w+) extends cdktn\.(\w+) \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
RESOURCE_TYPE = re.compile(r'^    static tfResourceType = "(\w+)"', re.MULTILINE)
PROVIDER_VERSION = re.compile(r"^ +providerVersion: '([^']+)'", re.MULTILINE)
# Getters of a class, each with the comment in front of it, up to the next such comment.
GETTER = re.compile(
    r"^    // (\w+) - computed: (true|false), optional: (true|false), required: (true|false)\n"
    r"(.*?)(?=^    // \w+ - |\Z)",
    re.DOTALL | re.MULTILINE,
)
CALL = re.compile(r"return (.*)this\.get(\w+)Attribute\(")
NESTED = re.compile(r'= new (cdktn\.)?(?:\w+\.)?(\w+)\(this, "\w+"(?:, (true|false))?\)')
ELEMENT = re.compile(r"return new (?:\w+\.)?(\w+)OutputReference\(")
# Tables that write HCL: one in a function for each kind of block, one in a method of each resource.
HCL_FUNCTION = re.compile(r"^function (\w+)ToHclTerraform\(.*?\n(.*?)^\}", re.DOTALL | re.MULTILINE)
HCL_METHOD = re.compile(r"^    synthesizeHclAttributes\(\) \{\n(.*?)^    \}", re.DOTALL | re.MULTILINE)
HCL_ENTRY = re.compile(
    r'^ +(\w+): \{\n +value: (.*),\n +isBlock: (true|false),\n +type: "(\w+)",\n +storageClassType: "(\w*)",',
    re.MULTILINE,
)
INTERFACE = re.compile(r"^export interface (\w+) .*?\{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
PROPERTY = re.compile(r"/\*\*(.*?)\*/\n    readonly \w+(\??):", re.DOTALL)
LINK = re.compile(r"#(\w+) \w+#\w+\}")
CONFIGURATION = re.compile(r"constructor\(scope: Construct, id: string, config\??: (\w+)\)")

# How often a block may lie in itself: aws_wafv2_web_acl_rule, the only one that does, has three levels.
LEVELS = 3

PRIMITIVES = {"string": "string", "number": "number", "boolean": "bool"}


class Flags(NamedTuple):
    """Who gives an attribute its value."""

    computed: bool
    optional: bool
    required: bool


class Entry(NamedTuple):
    """How an attribute or block is written in HCL."""

    shape: str
    of: str
    nested: bool
    many: bool


class Declared(NamedTuple):
    """What the declarations tell about a property."""

    block: bool
    required: bool


class Member(NamedTuple):
    """What the compiled code says about an attribute or block: its flags, its entry if it can be set, its getter."""

    name: str
    flags: Flags
    entry: Entry | None
    getter: str


@dataclass(frozen=True)
class Bindings:
    """The bindings of a resource, a data source or the provider: compiled code and declarations."""

    code: str
    declarations: str

    @cached_property
    def classes(self) -> dict[str, tuple[str, str]]:
        """Class → what it extends, and its body."""
        return {name: (base, body) for name, base, body in CLASS.findall(self.code)}

    @cached_property
    def tables(self) -> dict[str, dict[str, Entry]]:
        """Stem of a function's name → the entries of its table."""
        return {name: _entries(body) for name, body in HCL_FUNCTION.findall(self.code)}

    @cached_property
    def declared(self) -> dict[str, dict[str, Declared]]:
        """Interface → what it says about its properties."""
        return {name: dict(_declared(body)) for name, body in INTERFACE.findall(self.declarations)}

    def schemas(self) -> Iterator[tuple[str, str, Schema]]:
        """Yield kind, name and schema of each thing that these bindings are for."""
        for base, body in self.classes.values():
            if base in KINDS:
                members = _members(body, _entries(_found(HCL_METHOD, body)))
                declared = self.declared.get(_found(CONFIGURATION, self.declarations), {})
                if base == "TerraformProvider":  # Terraform adds the alias itself
                    members = [member for member in members if member.name != "alias"]
                yield KINDS[base], _found(RESOURCE_TYPE, body), {"version": 0, "block": self._block(members, declared)}

    def _block(self, members: list[Member], declared: dict[str, Declared], around: tuple[str, ...] = ()) -> Schema:
        attributes: Schema = {}
        block_types: Schema = {}
        for member in members:
            name, flags, entry, getter = member
            stem, mode, many = self._nested(entry, getter)
            if not stem:
                attributes[name] = {"type": _type(entry, getter), **_flags(flags)}
                continue
            if around.count(stem) == LEVELS:
                continue
            inner = self._inner(stem)
            block = self._block(inner, self.declared.get(stem, {}), (*around, stem))
            if mode == "set" and "dynamic" in json.dumps(block):  # Terraform has no sets of what it does not know
                mode = "list"
            if declared.get(name, Declared(False, False)).block:
                block_types[name] = {"nesting_mode": mode, "block": block}
                if mode != "single":
                    block_types[name] |= {"min_items": int(flags.required), "max_items": int(not many)}
            elif flags.computed and all(each.flags == flags for each in inner):
                # An attribute of an object type, as old plugins have: what is inside has no flags of its own.
                kind = _object(block["attributes"])
                attributes[name] = {"type": kind if mode == "single" else [mode, kind], **_flags(flags)}
            else:
                nested = {"attributes": block["attributes"], "nesting_mode": mode}
                attributes[name] = {"nested_type": nested, **_flags(flags)}
        return {"attributes": attributes, "block_types": block_types}

    def _nested(self, entry: Entry | None, getter: str) -> tuple[str, str, bool]:
        """Return the stem of the names of nested things, how they are nested, whether there can be many; or nothing."""
        created = NESTED.search(getter)
        if created and not created[1]:
            name, mode = created[2], "set" if created[3] == "true" else "list"
            many = not name.endswith("OutputReference")
            stem = name.removesuffix("OutputReference")
            if many:
                base, body = self.classes[name]
                element = ELEMENT.search(body)
                if not element:  # a list of lists
                    return "", "", False
                stem, mode = element[1], "map" if base == "ComplexMap" else mode
            elif entry is None:
                mode = "single"
            return stem, entry.shape.replace("struct", "single") if entry else mode, many
        if entry and entry.nested:  # the provider's own configuration has no classes for what is nested in it
            if entry.shape == "struct":
                return entry.of, "single", False
            return re.sub(r"(List|Map)$", "", entry.of), entry.shape, entry.many
        return "", "", False

    def _inner(self, stem: str) -> list[Member]:
        entries = self.tables.get(stem[0].lower() + stem[1:], {})
        if reference := self.classes.get(f"{stem}OutputReference"):
            return _members(reference[1], entries)
        declared = self.declared.get(stem, {})
        return [
            Member(name, Flags(False, not declared[name].required, declared[name].required), entry, "")
            for name, entry in entries.items()
        ]


def read(package: Path) -> Schema:
    """Read the schema of a provider.

    Args:
        package: the archive of compiled bindings, which ends in .jsii.tgz.
    """
    code: defaultdict[str, list[str]] = defaultdict(list)
    declarations: defaultdict[str, list[str]] = defaultdict(list)
    with tarfile.open(package) as archive:
        for entry in archive:
            parts = entry.name.split("/")
            if (
                len(parts) > 3 and parts[1] == "lib"
            ):  # package/lib/<resource>/<file>; big ones have a folder of structs, too
                texts = {".js": code, ".ts": declarations}.get(Path(entry.name).suffix)
                content = archive.extractfile(entry)
                if texts is not None and content:
                    texts[parts[2]].append(content.read().decode().partition("//# sourceMappingURL=")[0])
    schema: Schema = {kind: {} for kind in KINDS.values()}
    for resource, parts in code.items():
        bindings = Bindings("\n".join(parts), "\n".join(declarations[resource]))
        for kind, name, found in bindings.schemas():
            if kind == "provider":
                schema[kind] = found
            else:
                schema[kind][name] = found
        schema["provider_version"] = _found(PROVIDER_VERSION, bindings.code) or schema.get("provider_version")
    return schema


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _entries(body: str) -> dict[str, Entry]:
    return {
        name: Entry(shape, of, nested == "true", "MapperHcl(" in value)
        for name, value, nested, shape, of in HCL_ENTRY.findall(body)
    }


def _declared(body: str) -> Iterator[tuple[str, Declared]]:
    for comment, optional in PROPERTY.findall(body):
        if link := LINK.search(comment):
            yield link[1], Declared(block=f"* {link[1]} block\n" in comment, required=not optional)


def _members(body: str, entries: dict[str, Entry]) -> list[Member]:
    return [
        Member(name, Flags(*(flag == "true" for flag in flags)), entries.get(name), getter)
        for name, *flags, getter in GETTER.findall(body)
    ]


def _flags(flags: Flags) -> dict[str, bool]:
    return {name: True for name, given in flags._asdict().items() if given} or {"optional": True}


def _type(entry: Entry | None, getter: str) -> Type:
    """Return an attribute's type, as JSON, from words such as stringList or numberListMap."""
    if entry:
        outer, words = entry.shape, entry.of
    elif call := CALL.search(getter):
        outer, words = "set" if "Fn.tolist(" in call[1] else "", call[2]
    elif (created := NESTED.search(getter)) and created[1]:
        outer, words = "set" if created[3] == "true" else "", created[2]
    else:
        return "dynamic"
    first, *collections = re.findall(r"[A-Za-z][a-z]+", words)
    if first.lower() == "any":
        return "dynamic"
    if first in {"List", "Map"}:  # of strings
        first, collections = "string", [first, *collections]
    kind: Type = PRIMITIVES[first.lower()]
    for collection in collections:
        kind = [collection.lower(), kind]
    return [outer, kind[1]] if collections and outer else kind


def _object(attributes: Schema) -> Type:
    return ["object", {name: attribute["type"] for name, attribute in attributes.items()}]
