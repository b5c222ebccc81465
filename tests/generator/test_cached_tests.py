"""Tests that are not run again while nothing they depend on has changed."""

import subprocess

import cached_tests
import pytest
from conftest import ROOT


@pytest.fixture
def repository(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A repository with one test that says whether the program is good."""
    monkeypatch.setattr(cached_tests, "ROOT", pytester.path)
    monkeypatch.setattr(cached_tests, "CACHE", pytester.path / ".cache")
    subprocess.run(["git", "init", "--quiet"], cwd=pytester.path, check=True)
    pytester.mkdir("src").joinpath("program.txt").write_text("good")
    pytester.mkdir("other").joinpath("named.txt").write_text("one")
    pytester.mkdir("tests").joinpath("shared.py").write_text("")
    pytester.mkdir("tests/others").joinpath("helper.py").write_text("")
    pytester.mkdir("tests/mine").joinpath("test_it.py").write_text(
        "import pytest\n"
        "@pytest.mark.cached('other')\n"
        "def test_marked():\n"
        "    assert open('src/program.txt').read() != 'bad'\n"
        "def test_other():\n"
        "    pass\n"
    )
    return pytester


def outcomes(repository: pytest.Pytester, *options: str) -> dict[str, int]:
    """How many tests passed, failed, and were left out."""
    return repository.runpytest_inprocess(*options, plugins=[cached_tests]).parseoutcomes()


def test_what_passed_is_left_out_until_something_changes(repository: pytest.Pytester) -> None:
    assert outcomes(repository) == {"passed": 2}
    assert outcomes(repository) == {"passed": 1, "deselected": 1}
    assert outcomes(repository, "--fresh") == {"passed": 2}
    for file in ("src/program.txt", "other/named.txt", "tests/shared.py", "tests/mine/test_it.py"):
        path = repository.path / file
        path.write_text(path.read_text() + "\n")
        assert outcomes(repository) == {"passed": 2}, file
    (repository.path / "README.md").write_text("unrelated")
    (repository.path / "tests" / "others" / "helper.py").write_text("unrelated")
    assert outcomes(repository) == {"passed": 1, "deselected": 1}


def test_what_failed_is_run_again(repository: pytest.Pytester) -> None:
    program = repository.path / "src" / "program.txt"
    program.write_text("bad")
    for _ in range(2):
        assert outcomes(repository) == {"passed": 1, "failed": 1}
    program.write_text("good")
    assert outcomes(repository) == {"passed": 2}
    program.write_text("bad")
    assert outcomes(repository) == {"passed": 1, "failed": 1}


@pytest.mark.parametrize("options", [(), ("--numprocesses=2",)], ids=["one process", "workers"])
def test_the_session_says_how_many_were_left_out(repository: pytest.Pytester, options: tuple[str, ...]) -> None:
    repository.makeconftest(
        f"import pathlib, sys\n"
        f"sys.path[:0] = {[str(ROOT), str(ROOT / 'tests')]}\n"
        f"import cached_tests\n"
        f"cached_tests.ROOT = pathlib.Path({str(repository.path)!r})\n"
        f"cached_tests.CACHE = cached_tests.ROOT / '.cache'\n"
        f"pytest_plugins = ['cached_tests']\n"
    )
    said = "*1 test not run again*--fresh*"
    repository.runpytest_subprocess(*options).stdout.no_fnmatch_line(said)
    again = repository.runpytest_subprocess(*options)
    again.stdout.fnmatch_lines([said])
    assert again.parseoutcomes()["passed"] == 1
