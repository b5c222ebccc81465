"""Terraform's own judgement of configurations, offline: what it must refuse, and that it leaves nothing behind."""

import gzip
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from proof.linters.base import Linter
from proof.linters.terraform import LINTERS, command, providers
from proof.tools import ToolError

FMT, TEST, VALIDATE = LINTERS
PROVIDER = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.69"
    }
  }
}
"""
BUCKET = """\
resource "aws_s3_bucket" "models" {
  bucket = "models"
}
"""
TESTED = """\
mock_provider "aws" {}

run "name" {
  command = plan

  assert {
    condition     = aws_s3_bucket.models.bucket == "models"
    error_message = "The bucket must have its name."
  }
}
"""
GOOD = {"infra/versions.tf": PROVIDER, "infra/main.tf": BUCKET, "infra/tests/name.tftest.hcl": TESTED}


Unit = Callable[[str, Mapping[str, str]], Path]


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Writes the files of a project into a folder and returns it."""
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return folder


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    """Writes the files of a project into a folder of that name and returns it."""
    return lambda name, files: write(tmp_path / name, files)


def findings_in(linter: Linter, *folders: Path) -> str:
    """What a linter finds in the files of folders."""
    if linter.whole:
        return linter.lint(folders)
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return linter.lint([path for path in paths if linter.wants(path.as_posix())])


@pytest.mark.parametrize("linter", LINTERS, ids=lambda linter: linter.name)
def test_only_the_bad_one_of_two_projects_is_named(linter: Linter, unit: Unit) -> None:
    assert all(linter.wants(path) for path in linter.bad if not path.endswith("versions.tf"))
    bad, good = unit("wrong", linter.bad), unit("right", GOOD)

    found = findings_in(linter, good, bad)

    assert str(bad) in found
    assert str(good) not in found


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
@pytest.mark.parametrize("linter", LINTERS, ids=lambda linter: linter.name)
def test_what_is_generated_is_clean(linter: Linter, cloud: str, project: Callable[..., Path]) -> None:
    assert findings_in(linter, project(cloud=cloud, iac="terraform")) == ""


@pytest.mark.parametrize("linter", LINTERS, ids=lambda linter: linter.name)
def test_nothing_is_left_behind(linter: Linter, unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, temporary = unit("right", GOOD), tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))

    assert findings_in(linter, folder) == ""

    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == set(GOOD)
    assert list(temporary.iterdir()) == []


WRONG = {
    "attribute": ('resource "aws_s3_bucket" "a" {\n  bukcet = "a"\n}\n', 'argument named "bukcet" is not expected'),
    "type": ('resource "aws_s3_bucket" "a" {\n  force_destroy = "perhaps"\n}\n', "a bool is required"),
    "variable": ('resource "aws_s3_bucket" "a" {\n  bucket = var.missing\n}\n', 'variable with the name "missing"'),
    "required": ('resource "aws_s3_object" "a" {\n  key = "a"\n}\n', 'The argument "bucket" is required'),
    "resource": ('resource "aws_s3_bukcet" "a" {}\n', 'does not support resource type "aws_s3_bukcet"'),
    "output": (
        'data "aws_region" "a" {}\n\noutput "a" {\n  value = data.aws_region.a.nmae\n}\n',
        'attribute named "nmae"',
    ),
    "block": ('resource "aws_s3_bucket_logging" "a" {\n  rules {}\n}\n', 'Blocks of type "rules" are not expected'),
    "missing-block": ('resource "aws_s3_bucket_versioning" "a" {\n  bucket = "a"\n}\n', "At least 1"),
    "computed": ('resource "aws_s3_bucket" "a" {\n  arn = "a"\n}\n', 'Cannot configure a value for "arn"'),
    "computed-in-block": (
        'resource "aws_instance" "a" {\n  root_block_device {\n    device_name = "a"\n  }\n}\n',
        'Cannot configure a value for "device_name"',
    ),
    "module": ('module "a" {\n  source = "./missing"\n}\n', "module directory"),
    "provider": ('resource "random_id" "a" {\n  byte_length = 4\n}\n', "hashicorp/random"),
    "syntax": ('resource "aws_s3_bucket" "a" {\n', "Unclosed configuration block"),
}


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What Terraform says to each wrong configuration, all in one call."""
    folders = {}
    for name, (main, _) in WRONG.items():
        folders[name] = tmp_path_factory.mktemp(name)
        write(folders[name], {"infra/versions.tf": PROVIDER, "infra/main.tf": main})
    found = findings_in(VALIDATE, *folders.values())
    parts = re.split(r"^(/.*):\n", found, flags=re.MULTILINE)
    said = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {name: " ".join(said.get(str(folder / "infra"), "").split()) for name, folder in folders.items()}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_configuration_is_refused(name: str, refusals: dict[str, str]) -> None:
    assert WRONG[name][1] in refusals[name]


@pytest.mark.parametrize("version", ["~> 5.0", "~> 6.70", "6.69.0"])
def test_a_provider_that_the_schema_is_not_of_is_refused(version: str, unit: Unit) -> None:
    found = findings_in(VALIDATE, unit("wrong", {**GOOD, "infra/versions.tf": PROVIDER.replace("~> 6.69", version)}))
    assert "no available releases match" in found
    assert version in found


SECURITY_GROUP = """\
resource "aws_security_group" "a" {
  ingress {
    from_port = 80
    to_port   = 80
    protocol  = "tcp"
  }
}

resource "aws_security_group" "b" {
  ingress = []
}
"""


def test_what_old_providers_have_as_an_attribute_may_be_written_as_a_block(unit: Unit) -> None:
    assert findings_in(VALIDATE, unit("group", {"infra/versions.tf": PROVIDER, "infra/main.tf": SECURITY_GROUP})) == ""


CHART = """\
terraform {
  required_providers {
    helm = {
      source  = "hashicorp/helm"
      version = "~> 3.3"
    }
  }
}

provider "helm" {
  kubernetes = {
    config_path = "config"
  }
}

resource "helm_release" "a" {
  name  = "a"
  chart = "a"
  set   = [{ name = "a", value = "b" }]
}
"""


def test_new_providers_nest_attributes(unit: Unit) -> None:
    good, bad = (
        unit("good", {"infra/main.tf": CHART}),
        unit("bad", {"infra/main.tf": CHART.replace("name = ", "nmae = ")}),
    )

    found = findings_in(VALIDATE, good, bad)

    assert str(good) not in found
    assert 'attribute "name" is required' in " ".join(found.split())


def test_each_project_gets_the_providers_that_it_requires(unit: Unit) -> None:
    assert (
        findings_in(VALIDATE, unit("aws", GOOD), unit("helm", {"infra/main.tf": CHART}), unit("none", {"a.md": ""}))
        == ""
    )


def test_a_test_that_would_reach_a_cloud_is_refused(unit: Unit) -> None:
    test = TESTED.replace("mock_provider", "provider")
    found = findings_in(TEST, unit("real", {**GOOD, "infra/tests/name.tftest.hcl": test}))
    assert "a test needs a mock_provider" in " ".join(found.split())


def test_a_configuration_without_tests_is_refused(unit: Unit) -> None:
    assert "0 passed" in findings_in(TEST, unit("untested", {"infra/versions.tf": PROVIDER, "infra/main.tf": BUCKET}))


def test_a_file_that_can_not_be_parsed_is_not_formatted(unit: Unit) -> None:
    assert "Unclosed" in findings_in(FMT, unit("wrong", {"infra/main.tf": "locals {\n"}))


def test_what_a_person_has_set_for_terraform_changes_nothing(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CLI_ARGS_validate", "-nonsense")
    assert findings_in(VALIDATE, unit("right", GOOD)) == ""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("aws_s3_bucket.force_destroy", {"type": "bool", "optional": True}),
        ("aws_s3_bucket.tags", {"type": ["map", "string"], "optional": True}),
        ("aws_s3_bucket.arn", {"type": "string", "computed": True}),
        ("aws_s3_bucket.bucket", {"type": "string", "computed": True, "optional": True}),
        ("aws_s3_bucket.versioning", {"nesting_mode": "list", "min_items": 0, "max_items": 1}),
        ("aws_s3_bucket.lifecycle_rule", {"nesting_mode": "list", "min_items": 0, "max_items": 0}),
        ("aws_s3_bucket.grant", {"nesting_mode": "set", "min_items": 0, "max_items": 0}),
        ("aws_s3_bucket.timeouts", {"nesting_mode": "single"}),
        ("aws_s3_bucket_versioning.versioning_configuration.status", {"type": "string", "required": True}),
        ("aws_iam_openid_connect_provider.client_id_list", {"type": ["set", "string"], "required": True}),
        ("aws_lambda_function.layers", {"type": ["list", "string"], "optional": True}),
        (
            "aws_eks_cluster.identity",
            {"type": ["list", ["object", {"oidc": ["list", ["object", {"issuer": "string"}]]}]]},
        ),
        ("aws_security_group.egress", {"computed": True, "optional": True}),
        # Big resources lie in several files, and this one in itself.
        ("aws_wafv2_web_acl_rule.statement.not_statement.statement.not_statement", {"nesting_mode": "list"}),
    ],
)
def test_the_schema_is_the_real_one(path: str, expected: dict[str, object]) -> None:
    schema = json.loads(gzip.decompress(providers.schema_of("aws").read_bytes()))
    resource, *names = path.split(".")
    found = schema["resource_schemas"][resource]
    for name in names:
        found = (found["block"]["attributes"] | found["block"]["block_types"])[name]
    assert found | expected == found


def test_every_provider_has_a_pin() -> None:
    pinned = re.findall(r"^cdktn-provider-(\w+)==", providers.LOCK.read_text(), re.MULTILINE)
    assert pinned == sorted(providers.VERSIONS)


def test_a_schema_of_another_version_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("proof.tools.CACHE", tmp_path)
    monkeypatch.setitem(providers.VERSIONS, "helm", "3.2.0")
    with pytest.raises(ToolError, match=r"is for 3\.3\.0"):
        providers.schema_of.__wrapped__("helm")


def test_a_library_that_does_not_start_is_a_tool_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "HERE", tmp_path)
    with pytest.raises(ToolError, match="does not run"):
        command.terraform(tmp_path, [], {})
