"""Where the template comes from: the installed wheel, or the checkout that this package runs from."""

import contextlib
import functools
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import bundle
from .errors import UserError
from .interrupts import held_back

DISTRIBUTION = "mlops-new"
OLDEST_GIT = (2, 31)
"""The first that takes configuration from GIT_CONFIG_COUNT."""
GIT_MISSING = "git is needed and was not found; install it, then try again"
PLAIN_GIT = (
    ("core.autocrlf", "false"),
    ("core.attributesFile", os.devnull),
    ("core.hooksPath", os.devnull),
    ("protocol.file.allow", "always"),
)
"""Settings with which Git writes files as they were committed, and runs nothing else."""
_PACKAGE = Path(__file__).parent


@functools.cache
def version() -> str:
    """Return the version of this package, without the leading v."""
    from importlib import metadata  # takes 10 ms, which --help need not wait for

    return str(metadata.version(DISTRIBUTION))


@functools.cache
def repository_url() -> str:
    """Return the repository's address, from the project URLs in pyproject.toml."""
    from importlib import metadata

    for entry in metadata.metadata(DISTRIBUTION).get_all("Project-URL") or []:
        label, _, url = entry.partition(", ")
        if label == "Repository":
            return str(url)
    raise UserError("this installation of mlops-new is damaged: its metadata has no repository; install it again")


def copier_url() -> str:
    """Return the address as `.copier-answers.yml` records it: gh:<owner>/<name>."""
    return re.sub(r"^https://github\.com/", "gh:", repository_url())


@functools.cache
def bundle_path() -> Path:
    """Return the bundle of the wheel; in a checkout, build one from the work tree, uncommitted changes included.

    Raises:
        UserError: Git is missing or refused.
    """
    _require_git()
    shipped = _PACKAGE / "template.bundle"
    checkout = checkout_root()
    if checkout is None:
        return shipped
    made = scratch() / "template.bundle"
    try:
        bundle.build(checkout, made, version(), release=False)
    except subprocess.CalledProcessError as error:
        raise UserError(f"git refused to read the template: {error.stderr.strip()}") from error
    return made


@functools.cache
def template_versions() -> frozenset[str]:
    """Return the tags of the template versions that the bundle holds, such as v0.1.0."""
    return frozenset(bundle.tags(bundle_path()))


def _require_git() -> None:
    try:
        done = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise UserError(GIT_MISSING) from error
    found = re.search(r"(\d+)\.(\d+)", done.stdout)
    if found and (int(found[1]), int(found[2])) < OLDEST_GIT:
        wanted = ".".join(str(part) for part in OLDEST_GIT)
        raise UserError(f"git {wanted} or newer is needed, found {found[0]}; update it, then try again")


def root() -> Path:
    """Return the folder with copier.yml, questions/ and template/ of this version."""
    return checkout_root() or _PACKAGE / "shipped"


def changelog() -> str:
    """Return the text of CHANGELOG.md."""
    return ((checkout_root() or _PACKAGE) / "CHANGELOG.md").read_text(encoding="utf-8")


@functools.cache
def files() -> tuple[str, ...]:
    """Return the paths below `root` of copier.yml, the questions and the template.

    Raises:
        UserError: Git is missing or refused.
    """
    checkout = checkout_root()
    if checkout is None:  # an installer may have compiled the template's Python files, too
        found = (path.relative_to(root()) for path in root().rglob("*") if path.is_file())
        return tuple(path.as_posix() for path in found if "__pycache__" not in path.parts)
    try:
        return tuple(bundle.files(checkout))
    except FileNotFoundError as error:
        raise UserError(GIT_MISSING) from error
    except subprocess.CalledProcessError as error:
        raise UserError(f"git refused to read the template: {error.stderr.strip()}") from error


def compiled_templates() -> Path:
    """Return the folder for compiled templates; write access to it implies write access to the program."""
    checkout = checkout_root()
    return checkout / ".cache" / "templates" if checkout else _PACKAGE / "compiled"


def checkout_root() -> Path | None:
    """Return the checkout that this package runs from, or None for an installed wheel."""
    candidate = _PACKAGE.parents[1]
    return candidate if (candidate / "copier.yml").is_file() and (candidate / "template").is_dir() else None


@contextlib.contextmanager
def offline() -> Iterator[None]:
    """Make Git in this process and its children read the repository's address from the bundle.

    The user's settings of ends of lines, attributes and hooks do not count.
    Copier mirrors what it clones in a cache of the user's; it gets a cache of its own, so that the mirror of the real
    address never holds the bundle's commits.
    """
    from plumbum import local  # copier starts Git through it, with the environment as it was at the first import

    given = os.environ.get("GIT_CONFIG_COUNT", "")  # settings of this process's caller
    number = int(given) if given.isdecimal() else 0
    settings = [(f"url.{bundle_path()}.insteadOf", f"{repository_url()}.git"), *PLAIN_GIT]
    pairs: dict[str, str] = {
        "GIT_CONFIG_COUNT": str(number + len(settings)),
        "COPIER_CACHE_DIR": str(scratch() / "cache"),
    }
    for position, (key, value) in enumerate(settings, number):
        pairs |= {f"GIT_CONFIG_KEY_{position}": key, f"GIT_CONFIG_VALUE_{position}": value}
    before = {name: os.environ.get(name) for name in pairs}
    os.environ.update(pairs)
    try:
        with local.env(**pairs):
            yield
    finally:
        for name, held in before.items():
            if held is None:
                os.environ.pop(name)
            else:
                os.environ[name] = held


def scratch() -> Path:
    """Return a folder that is deleted when this process ends, unless it is killed.

    All temporary files are in it: a signal may interrupt the removal of a folder of their own.
    """
    with held_back():  # until it is known what to delete
        return Path(_scratch_owner().name)


@functools.cache
def _scratch_owner() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="mlops-new-", ignore_cleanup_errors=True)
