"""Load a registered model, check rows against its training schema, predict. All serving is a shell around this."""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import joblib
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
    """A model with its training schema; `version` is 0 for a model that is not registered."""

    model: "Pipeline"
    schema: Schema
    sha256: str
    version: int = 0

    @classmethod
    def from_bytes(cls, model: bytes, schema: bytes, version: int = 0) -> "Predictor":
        """Unpack a model that this project trained; never call it with bytes of unknown origin."""
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
            ModelError: the stored file is not the one that was registered. It is not unpacked then, because
                unpacking a joblib file can run code.
        """
        with tempfile.TemporaryDirectory() as folder:
            package = registry.download(version.version, Path(folder))
            model = (package / MODEL_FILE).read_bytes()
            schema = (package / SCHEMA_FILE).read_bytes()
        if sha256(model) != version.sha256:
            raise ModelError(f"{MODEL_FILE} of version {version.version} was changed after it was registered")
        return cls.from_bytes(model, schema, version.version)

    @classmethod
    def by_alias(cls, registry: ModelRegistry, alias: str = CHAMPION) -> "Predictor":
        """Load the version that an alias points at.

        Raises:
            ModelError: there is none, or as `of_version`.
        """
        version = registry.by_alias(alias)
        if version is None:
            raise ModelError(f"no model has the alias {alias!r} yet; train one with `make train`")
        return cls.of_version(registry, version)

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Predict every row.

        Args:
            table: one row a case, a column a feature; further columns are ignored.

        Returns:
            A table with the same index: `prediction`, and for a classifier `probability_<label>` for each label.

        Raises:
            DataError: a row does not fit the training schema; the message names the first such row.
        """
        reasons = self.schema.problems(table)
        bad = reasons[reasons != ""]
        if len(bad):
            raise DataError(f"row {table.index.get_loc(bad.index[0])}: {bad.iloc[0]}")
        return predict(self.model, self.schema.align(table))
