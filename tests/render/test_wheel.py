"""What the wheel carries for creating projects: the template as it is, compiled, and the same as in its bundle."""

import json
import os
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from conftest import ROOT
from trees import tree
from wheels import repository, wheel

from mlops_new import bundle, render, source
from mlops_new.answers import check
from mlops_new.questionnaire import Questionnaire


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this work tree, unpacked as an installer does, Python files of the template compiled, too."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = repository(folder / "repository")  # without tags, so that a released version may be built again
    for _ in range(2):  # what the first build left behind is not in the way of the second
        built = wheel(copy, folder)
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "site")
    subprocess.run([sys.executable, "-m", "compileall", "-q", folder / "site"], check=True)
    return folder / "site"


def test_it_carries_its_licence_and_says_which(unpacked: Path) -> None:
    [folder] = unpacked.glob("mlops_new-*.dist-info")
    metadata = message_from_bytes((folder / "METADATA").read_bytes())
    assert (metadata["License-Expression"], metadata.get_all("License-File")) == ("Apache-2.0", ["LICENSE"])
    assert (folder / "licenses" / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_it_carries_the_template_and_the_same_in_its_bundle(unpacked: Path, tmp_path: Path) -> None:
    shipped = unpacked / "mlops_new" / "shipped"
    found = {path for path in tree(shipped) if (shipped / path).is_file() and "__pycache__" not in path}
    assert found == set(bundle.files(ROOT))
    carried = unpacked / "mlops_new" / "template.bundle"
    clone = ["git", "clone", "--quiet", "--branch", f"v{source.version()}", str(carried), str(tmp_path / "clone")]
    subprocess.run(clone, check=True, capture_output=True)
    for name in found:
        assert (shipped / name).read_bytes() == (ROOT / name).read_bytes() == (tmp_path / "clone" / name).read_bytes()


def test_it_creates_the_same_project_from_compiled_templates_and_without_git(unpacked: Path, tmp_path: Path) -> None:
    answers = check(Questionnaire(ROOT, tmp_path / "my-project"), {"cloud": "aws", "orchestrator": "prefect"})
    render.create(answers, tmp_path / "here" / "my-project")
    (tmp_path / "nothing").mkdir()
    code = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from mlops_new import render, source\n"
        "assert source.checkout_root() is None\n"
        "assert render._template().is_compiled\n"
        "assert not any('__pycache__' in file for file in source.files())\n"
        "render.create(json.load(sys.stdin), Path('there/my-project'))\n"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        input=json.dumps(answers),
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(unpacked), "PATH": str(tmp_path / "nothing")},
    )
    assert tree(tmp_path / "here") == tree(tmp_path / "there")
