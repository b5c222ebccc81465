"""What the project needs of its tools. Each port has one adapter, in `adapters/`, chosen when it was generated.

An `Observer` is different: serving may have several, which are in `serving/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from .predictor import Predictor

CHAMPION = "champion"
CANDIDATE = "candidate"


@dataclass(frozen=True)
class RunRecord:
    """What is tracked of a run."""

    run_id: str
    parameters: Mapping[str, str | int | float | bool]
    metrics: Mapping[str, float]
    lineage: Mapping[str, str]
    artifacts: Mapping[str, Path]


class Tracker(Protocol):
    """Experiment tracking."""

    def log_run(self, record: RunRecord) -> None:
        """Log a run; logging the same `run_id` again adds no second run."""


@dataclass(frozen=True)
class ModelVersion:
    """One registered model; `sha256` is the hash of its `model.joblib`."""

    version: int
    sha256: str
    run_id: str
    metrics: Mapping[str, float]


class ModelRegistry(Protocol):
    """Versions of one model and the aliases that point at them; serving follows the alias `champion`."""

    def register(self, package: Path, record: RunRecord, sha256: str) -> ModelVersion:
        """Store a model package (a folder) as a new version; the same run and hash give the same version again."""

    def versions(self) -> list[ModelVersion]:
        """All versions, oldest first."""

    def by_alias(self, alias: str) -> ModelVersion | None:
        """Return the version that an alias points at, if any."""

    def set_alias(self, alias: str, version: int) -> None:
        """Let an alias point at a version, and at no other."""

    def remove_alias(self, alias: str) -> None:
        """Let an alias point at no version; without such an alias nothing happens."""

    def download(self, version: int, folder: Path) -> Path:
        """Copy the package of a version below `folder`; returns the package's folder."""


class Observer(Protocol):
    """What learns of the model that serves and of what it predicts, such as metrics.

    Every way of serving calls its observers alike; a server does so from several threads.
    """

    def model_loaded(self, predictor: "Predictor") -> None:
        """Note the model that predicts from now on."""

    def rows_predicted(self, rows: "pd.DataFrame", predicted: "pd.DataFrame") -> None:
        """Note rows that the model predicted.

        Args:
            rows: those that were not rejected, as the model got them.
            predicted: a row for each, with `prediction` and, for a classifier, `probability_<label>` for each label;
                there may be further columns.
        """
