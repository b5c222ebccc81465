"""Run by the Python of schemas.txt: takes a JSON list of core resources, prints number and text of each problem."""

import functools
import json
import sys

import kubernetes_validate
from kubernetes_validate import utils

VERSION = kubernetes_validate.latest_version()


def problem(resource: dict[str, object]) -> str:
    """Return what is wrong with a resource; empty if nothing is."""
    try:
        kubernetes_validate.validate(resource, VERSION, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return f"no schema for {resource['apiVersion']} {resource['kind']}, Kubernetes {VERSION} does not have it"
    except kubernetes_validate.ValidationError as error:
        field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
        return f"{field.removeprefix('.') or 'resource'}: {error.message}"
    return ""


def main() -> None:
    """Read standard input, write standard output."""
    # One call reads the same schemas for document after document.
    utils.schema_contents = functools.cache(utils.schema_contents)
    found = ((number, problem(resource)) for number, resource in enumerate(json.load(sys.stdin)))
    json.dump([(number, text) for number, text in found if text], sys.stdout)


if __name__ == "__main__":
    main()
