"""The template as a Git bundle: what a wheel carries so that copier finds every released version of it offline.

The bundle holds only what copier renders from, in commits made for it: one for each release tag of the repository, and
one for the version being built. It uses the standard library only, since the build hook imports it, too.
"""

import os
import subprocess
import tempfile
from pathlib import Path

CONTENT = ("copier.yml", "questions", "template")
OUTER = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
"""What Git sets for its hooks; it would direct our commands to the repository that the hook belongs to."""
_IDENTITY = {
    "GIT_AUTHOR_NAME": "mlops-new",
    "GIT_AUTHOR_EMAIL": "template@mlops-new.invalid",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
}
_IDENTITY |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in _IDENTITY.items()}


class VersionError(Exception):
    """The version was released already, with another template."""


def build(repository: Path, bundle: Path, version: str, *, release: bool) -> None:
    """Write the bundle; the same content gives the same commits.

    Args:
        repository: a checkout, or an unpacked archive of one; its files, uncommitted changes included, are what
            `version` gets.
        bundle: file to write.
        version: version of the package, without the leading v.
        release: refuse a version that was tagged with another template.

    Raises:
        VersionError: see `release`.
        subprocess.CalledProcessError: Git refused.
    """
    current = f"v{version}"
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        store = work / "store.git"
        _git(work, "init", "--quiet", "--bare", "--initial-branch=main", str(store))
        # New objects go to the store: the repository may be read-only, and nothing is left in it.
        scratch = {"GIT_INDEX_FILE": str(work / "index"), "GIT_OBJECT_DIRECTORY": str(store / "objects")}
        tags: list[str] = []
        if (repository / ".git").exists():
            tags = _git(repository, "tag", "--list", "v*", "--sort=version:refname").split()
            objects = _git(repository, "rev-parse", "--path-format=absolute", "--git-path", "objects").strip()
            (store / "objects" / "info").mkdir(exist_ok=True)
            (store / "objects" / "info" / "alternates").write_text(objects + "\n")
            listed = _listed(repository)
        else:
            scratch |= {"GIT_DIR": str(store), "GIT_WORK_TREE": str(repository.absolute())}
            listed = _listed(repository, scratch)
        trees = {tag: _tree_of_tag(repository, tag, scratch) for tag in tags}
        present = _tree_of_files(repository, listed, scratch)
        if release and trees.get(current, present) != present:
            raise VersionError(f"{current} was released with another template; raise the version in pyproject.toml")
        parent = ""
        for tag, tree in {**{t: trees[t] for t in tags if t != current}, current: present}.items():
            onto = ["-p", parent] if parent else []
            parent = _git(store, "commit-tree", tree, *onto, "-m", f"Template {tag}", env=_IDENTITY).strip()
            _git(store, "update-ref", f"refs/tags/{tag}", parent)
        _git(store, "update-ref", "refs/heads/main", parent)
        bundle.parent.mkdir(parents=True, exist_ok=True)
        _git(
            store,
            "-c",
            "pack.threads=1",  # with more, equal content may give unequal bytes
            "bundle",
            "create",
            "--quiet",
            str(bundle.absolute()),
            "main",
            *(f"refs/tags/{t}" for t in {*tags, current}),
        )


def tags(bundle: Path) -> tuple[str, ...]:
    """Return the tags of the versions that a bundle holds, such as v0.1.0.

    Raises:
        subprocess.CalledProcessError: it is no bundle.
    """
    listed = _git(bundle.parent, "bundle", "list-heads", str(bundle)).splitlines()
    names = (line.partition(" ")[2] for line in listed)
    return tuple(name.removeprefix("refs/tags/") for name in names if name.startswith("refs/tags/"))


def files(repository: Path) -> list[str]:
    """Return the paths of the files of the present version; files ignored by Git (Python caches) are left out.

    Args:
        repository: a checkout, or an unpacked archive of one.

    Raises:
        subprocess.CalledProcessError: Git refused.
    """
    if (repository / ".git").exists():
        listed = _listed(repository)
    else:
        with tempfile.TemporaryDirectory() as store:
            _git(repository, "init", "--quiet", "--bare", store)
            listed = _listed(repository, {"GIT_DIR": store, "GIT_WORK_TREE": str(repository.absolute())})
    return [name for name in listed.split("\0") if name and os.path.lexists(repository / name)]


def _tree_of_tag(repository: Path, tag: str, scratch: dict[str, str]) -> str:
    _git(repository, "read-tree", "--empty", env=scratch)
    listed = _git(repository, "ls-tree", "-r", "-z", tag, "--", *CONTENT)
    _git(repository, "update-index", "-z", "--index-info", env=scratch, stdin=listed)
    return _git(repository, "write-tree", env=scratch).strip()


def _tree_of_files(repository: Path, listed: str, scratch: dict[str, str]) -> str:
    _git(repository, "read-tree", "--empty", env=scratch)
    # Unlike `git add`, this asks no ignore rule, which may be the user's own and match a file of the template.
    _git(repository, "update-index", "-z", "--add", "--remove", "--stdin", env=scratch, stdin=listed)
    return _git(repository, "write-tree", env=scratch).strip()


def _listed(repository: Path, scratch: dict[str, str] | None = None) -> str:
    """Return tracked files, ignored or not, and untracked ones that are not ignored; separated by NUL."""
    return _git(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *CONTENT, env=scratch)


def _git(folder: Path, *arguments: str, env: dict[str, str] | None = None, stdin: str = "") -> str:
    """Run Git in a folder, apart from whatever repository an outer Git command is working on."""
    outer = {name: value for name, value in os.environ.items() if name not in OUTER}
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**outer, **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
