"""Linters of Terraform: formatting, types against the real schemas of providers, and the configuration's own tests."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from proof.linters.base import Lint, Linter
from proof.tools import digest

from . import providers
from .command import HERE, REQUIREMENTS, terraform

FORMATTED = ("*.tf", "*.tfvars", "*.tftest.hcl")
EVERYTHING = ("infra/**",)
INIT = ("init", "-backend=false", "-input=false", "-no-color")
NO_TESTS = "Success! 0 passed, 0 failed."

VERSIONS_TF = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}
"""
MISSPELT = """\
resource "aws_s3_bucket" "misspelt" {
  bukcet = "x"
}
"""
ZONES = """\
data "aws_availability_zones" "all" {}
"""
NO_ZONES = """\
mock_provider "aws" {}

run "zones" {
  command = plan

  assert {
    condition     = length(data.aws_availability_zones.all.names) > 0
    error_message = "There must be a zone."
  }
}
"""


def _formatting(files: Sequence[Path]) -> str:
    with tempfile.TemporaryDirectory() as temporary:
        commands = [(file.parent, ["fmt", "-check", "-diff", "-no-color", file.name]) for file in files]
        done = terraform(Path(temporary), commands, {})
    return "\n".join(f"{file}:\n{output}" for file, (code, output) in zip(files, done, strict=True) if code)


def _with_schemas(*arguments: str) -> Lint:
    """Return a linter that initialises the configuration of each project, then runs one command in it."""

    def lint(units: Sequence[Path]) -> str:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            # Terraform writes into the folder that it runs in.
            roots = {
                shutil.copytree(unit / "infra", folder / str(number)): unit / "infra"
                for number, unit in enumerate(units)
                if any((unit / "infra").glob("*.tf"))
            }
            findings = _run(folder / "init", INIT, list(roots), {})
            ready = [root for root in roots if root not in findings]
            required = sorted({provider for root in ready for provider in providers.required(root)})
            schemas = {provider: providers.schema_of(provider) for provider in required}
            findings |= _run(folder / "run", arguments, ready, schemas)
        return "\n".join(f"{origin}:\n{findings[root]}" for root, origin in roots.items() if root in findings)

    return lint


def _run(folder: Path, arguments: Sequence[str], roots: Sequence[Path], schemas: Mapping[str, Path]) -> dict[Path, str]:
    folder.mkdir()
    done = terraform(folder, [(root, arguments) for root in roots], schemas)
    return {root: text for root, (code, text) in zip(roots, done, strict=True) if code or NO_TESTS in text}


def _version() -> str:
    return digest(REQUIREMENTS, providers.LOCK, *sorted(HERE.glob("*.py")))


LINTERS: tuple[Linter, ...] = (
    Linter("terraform-fmt", FORMATTED, _formatting, {"infra/main.tf": "locals {\na = 1\n}\n"}, _version),
    Linter(
        "terraform-test",
        EVERYTHING,
        _with_schemas("test", "-no-color"),
        {"infra/versions.tf": VERSIONS_TF, "infra/main.tf": ZONES, "infra/tests/zones.tftest.hcl": NO_ZONES},
        _version,
        whole=True,
    ),
    Linter(
        "terraform-validate",
        EVERYTHING,
        _with_schemas("validate", "-no-color"),
        {"infra/versions.tf": VERSIONS_TF, "infra/main.tf": MISSPELT},
        _version,
        whole=True,
    ),
)
"""In alphabetical order."""
