"""Where the template comes from, and Git's settings meanwhile."""

import os
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

from mlops_new import source
from mlops_new.errors import UserError


def test_the_address_comes_from_the_metadata() -> None:
    url = source.repository_url()
    assert url.startswith("https://")
    assert f'Repository = "{url}"' in (ROOT / "pyproject.toml").read_text()
    assert source.copier_url() == "gh:" + url.removeprefix("https://github.com/")


def test_the_address_leads_to_the_bundle_only_while_it_should(tmp_path: Path) -> None:
    def lead() -> str:
        done = subprocess.run(
            ["git", "ls-remote", "--get-url", f"{source.repository_url()}.git"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    before = dict(os.environ)
    with source.offline():
        assert lead() == str(source.bundle_path())
    assert lead() == f"{source.repository_url()}.git"
    assert dict(os.environ) == before


def test_settings_that_came_with_the_environment_still_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "A user")
    with source.offline():
        done = subprocess.run(["git", "config", "user.name"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "A user\n"
    assert os.environ["GIT_CONFIG_COUNT"] == "1"


@pytest.mark.posix  # stands in for git with a shell script
@pytest.mark.parametrize(
    ("program", "message"),
    [
        pytest.param("#!/bin/sh\necho git version 2.30.2\n", "git 2.31 or newer is needed, found 2.30", id="too old"),
        pytest.param("#!/bin/sh\nexit 1\n", "git is needed", id="broken"),
        pytest.param(None, "git is needed", id="missing"),
    ],
)
def test_a_git_that_cannot_do_it_is_refused_early(
    program: str | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if program:
        (tmp_path / "git").write_text(program)
        (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    source.bundle_path.cache_clear()
    try:
        with pytest.raises(UserError, match=message):
            source.bundle_path()
    finally:
        source.bundle_path.cache_clear()


def test_the_catalogue_of_this_checkout_is_the_template_that_copier_gets(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "--quiet", "--branch", f"v{source.version()}", source.bundle_path(), clone],
        check=True,
        capture_output=True,
    )
    for file in ("copier.yml", "questions/2_architecture.yml", "template/_includes/axes.jinja"):
        assert (clone / file).read_bytes() == (source.root() / file).read_bytes()
