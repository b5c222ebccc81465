"""Secrets are found wherever they are, nothing talks the search out of it, and it does not repeat them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from proof.linters import secrets, shell
from proof.tools import ToolError

(GITLEAKS,) = secrets.LINTERS
(SHELLCHECK,) = shell.LINTERS


def test_only_files_with_secrets_are_named_and_their_secrets_are_not(tmp_path: Path) -> None:
    good, bad, hidden = tmp_path / "good.py", tmp_path / "bad.py", tmp_path / "sub" / ".env.example"
    hidden.parent.mkdir()
    good.write_text("key = read_from_vault()\n")
    bad.write_text(f'x = 1\nkey = "{secrets.KEY}"\n')
    hidden.write_text(f"AWS_ACCESS_KEY_ID={secrets.KEY}\n")

    found = GITLEAKS.lint([good, bad, hidden])

    assert f"{bad}:2: aws-access-token" in found
    assert f"{hidden}:1: aws-access-token" in found
    assert str(good) not in found
    assert secrets.KEY not in found


def test_configuration_nearby_does_not_silence_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text(f'key = "{secrets.KEY}"\n')
    silent = tmp_path / ".gitleaks.toml"
    silent.write_text("[allowlist]\npaths = ['''.*''']\n")
    monkeypatch.setenv("GITLEAKS_CONFIG", str(silent))
    monkeypatch.chdir(tmp_path)
    assert "bad.py:1" in GITLEAKS.lint([bad, silent])


def test_what_is_generated_has_no_secrets(project: Callable[..., Path]) -> None:
    folder = project(cloud="aws", iac="terraform")
    paths = [path for path in folder.rglob("*") if path.is_file() and GITLEAKS.wants(str(path.relative_to(folder)))]
    assert len(paths) > 50
    assert GITLEAKS.lint(paths) == ""


def test_a_failure_of_the_tool_is_not_taken_for_a_clean_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "_program", lambda: "false")
    with pytest.raises(ToolError, match="gitleaks failed"):
        GITLEAKS.lint([tmp_path / "a.py"])


def test_a_bad_script_is_named_and_a_good_one_is_not(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.sh", tmp_path / "bad.sh"
    good.write_text('#!/bin/sh\nrm -r "$1"\n')
    bad.write_text(SHELLCHECK.bad["deploy.sh"])

    found = SHELLCHECK.lint([good, bad])

    assert str(bad) in found
    assert str(good) not in found
    assert SHELLCHECK.lint([good]) == ""


def test_the_name_of_a_secret_is_none(tmp_path: Path) -> None:
    named, held = tmp_path / "named.yaml", tmp_path / "held.yaml"
    named.write_text("- envVar: Z9_NOTIFY_URL\n  secretKey: Z9_NOTIFY_URL\n")
    held.write_text("- envVar: Z9_NOTIFY_URL\n  secretKey: x7Kq2WmPl4Rt-9vBz_81\n")
    assert GITLEAKS.lint([named]) == ""
    assert "held.yaml:2: generic-api-key" in GITLEAKS.lint([named, held])
