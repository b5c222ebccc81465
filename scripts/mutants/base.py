"""What a mutant is: a plausible defect, and the check that should catch it."""

from dataclasses import dataclass
from pathlib import Path

from mlops_new.overlays import CORE, folder


class StaleError(Exception):
    """A defect cannot be planted, since the file that it changes has changed; the message says which."""


@dataclass(frozen=True)
class Replace:
    """Text of a file, which stands there exactly once, becomes another text."""

    file: str
    old: str
    new: str

    def verify(self, root: Path) -> None:
        """Make sure that the edit can be made.

        Raises:
            StaleError: it cannot.
        """
        path = root / self.file
        found = path.read_text(encoding="utf-8").count(self.old) if path.is_file() else 0
        if found != 1:
            raise StaleError(f"{self.file} has this text {found} times, not once: {self.old!r}")

    def apply(self, root: Path) -> None:
        """Make the edit."""
        path = root / self.file
        path.write_text(path.read_text(encoding="utf-8").replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True)
class Create:
    """A file that was not there."""

    file: str
    text: str

    def verify(self, root: Path) -> None:
        """Make sure that the edit can be made.

        Raises:
            StaleError: it cannot.
        """
        if (root / self.file).exists():
            raise StaleError(f"{self.file} exists already")

    def apply(self, root: Path) -> None:
        """Make the edit."""
        (root / self.file).parent.mkdir(parents=True, exist_ok=True)
        (root / self.file).write_text(self.text, encoding="utf-8")


@dataclass(frozen=True)
class Rename:
    """A file or folder gets another name."""

    file: str
    to: str

    def verify(self, root: Path) -> None:
        """Make sure that the edit can be made.

        Raises:
            StaleError: it cannot.
        """
        if not (root / self.file).exists():
            raise StaleError(f"there is no {self.file}")

    def apply(self, root: Path) -> None:
        """Make the edit."""
        (root / self.file).rename(root / self.to)


@dataclass(frozen=True)
class Delete:
    """A file goes away."""

    file: str

    def verify(self, root: Path) -> None:
        """Make sure that the edit can be made.

        Raises:
            StaleError: it cannot.
        """
        if not (root / self.file).is_file():
            raise StaleError(f"there is no {self.file}")

    def apply(self, root: Path) -> None:
        """Make the edit."""
        (root / self.file).unlink()


Edit = Replace | Create | Rename | Delete


@dataclass(frozen=True)
class Mutant:
    """One planted defect.

    Attributes:
        id: unique, lower case, words joined by hyphens.
        kind: what kind of defect it is, in words.
        edit: how it is planted.
        check: what should catch it: `proof:<linter>`, where `proof:trace` is a refusal to render; `lint:<arguments of
            Python>`; everything else is a file or a test for pytest.
    """

    id: str
    kind: str
    edit: Edit
    check: str


def overlay(name: str, path: str) -> str:
    """Return the path of an overlay's file: `cloud/cloud_aws` → `template/{{use.cloud}}/{{use.cloud_aws}}/<path>`."""
    return (folder(Path("template"), name) / path).as_posix()


def core(path: str) -> str:
    """Return the path of a file that every project gets."""
    return f"template/{CORE}/{path}"
