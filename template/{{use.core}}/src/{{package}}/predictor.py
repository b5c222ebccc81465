"""Load a registered model, check rows against its training schema, predict. All serving modes are built on this."""

import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import joblib
import numpy as np
import pandas as pd

from .artifacts import sha256
from .errors import DataError, ModelError
from .ports import CHAMPION, ModelRegistry, ModelVersion
from .problem import predict
from .schema import Schema

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

MODEL_FILE = "model.joblib"
SCHEMA_FILE = "schema.json"


@dataclass(frozen=True)
class Predictor:
    """A model with its training schema; `version` is 0 for an unregistered model."""

    model: "Pipeline"
    schema: Schema
    sha256: str
    version: int = 0

    @classmethod
    def from_bytes(cls, model: bytes, schema: bytes, version: int = 0) -> "Predictor":
        """Unpack a model that this project trained; never call this with bytes of unknown origin."""
        return cls(
            model=joblib.load(io.BytesIO(model)),
            schema=Schema.model_validate_json(schema),
            sha256=sha256(model),
            version=version,
        )

    @classmethod
    def of_version(cls, registry: ModelRegistry, version: ModelVersion) -> "Predictor":
        """Load a registered version.

        Raises:
            ModelError: as `of_package`.
        """
        return cls.of_package(read_package(registry, version), version)

    @classmethod
    def of_package(cls, package: Mapping[str, bytes], version: ModelVersion) -> "Predictor":
        """Unpack the files of a registered version.

        Raises:
            ModelError: the stored file is not the one that was registered, and is not unpacked, because unpacking a
                joblib file can run code; or code or a library that the model needs is gone.
        """
        if sha256(package[MODEL_FILE]) != version.sha256:
            raise ModelError(f"{MODEL_FILE} of version {version.version} was changed after it was registered")
        try:
            return cls.from_bytes(package[MODEL_FILE], package[SCHEMA_FILE], version.version)
        except Exception as error:  # whatever the model is made of decides what unpacking raises
            raise ModelError(
                f"today's code cannot load version {version.version}: {type(error).__name__}: {error}"
            ) from error

    @classmethod
    def by_alias(cls, registry: ModelRegistry, alias: str = CHAMPION) -> "Predictor":
        """Load the version that an alias points at.

        Raises:
            ModelError: the alias points at no version, or as `of_version`.
        """
        version = registry.by_alias(alias)
        if version is None:
            raise ModelError(f"no model has the alias {alias!r} yet; train one with `make train`")
        return cls.of_version(registry, version)

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Predict every row.

        Args:
            table: one row per case, one column per feature; further columns are ignored.

        Returns:
            A table with the same index: `prediction`, and for a classifier `probability_<label>` for each label.

        Raises:
            DataError: a row does not fit the training schema; the message names the first such row.
        """
        return self.predict_checked(self.checked(table))

    def checked(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows in the form that the model takes.

        Raises:
            DataError: as `predict`.
        """
        found = self.schema.check(table)
        bad = np.flatnonzero(found.reasons != "")
        if len(bad):
            raise DataError(f"row {bad[0]}: {found.reasons[bad[0]]}")
        return found.rows

    def predict_checked(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Predict rows that `schema.check` typed and accepted; the result is that of `predict`."""
        return predict(self.model, rows)


def read_package(registry: ModelRegistry, version: ModelVersion) -> dict[str, bytes]:
    """Return the files of a registered version, by name."""
    with tempfile.TemporaryDirectory() as folder:
        package = registry.download(version.version, Path(folder))
        return {path.name: path.read_bytes() for path in package.iterdir() if path.is_file()}
