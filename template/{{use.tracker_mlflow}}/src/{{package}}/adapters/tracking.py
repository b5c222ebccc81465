"""Experiment tracking and model registry on MLflow; by default a SQLite file, no server.

API: https://mlflow.org/docs/latest/python_api/mlflow.client.html
"""

import logging
import shutil
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException

from ..ports import ModelRegistry, ModelVersion, RunRecord, Tracker
from ..settings import Settings

# MLflow reports every data base migration and every file it copies.
logging.getLogger("mlflow").setLevel(logging.WARNING)
logging.getLogger("mlflow.utils.environment").setLevel(logging.ERROR)

LOADER = f"{__package__}.mlflow_model"


def make_tracker(settings: Settings) -> Tracker:
    """The tracker of this project."""
    return MlflowTracker(settings)


def make_registry(settings: Settings) -> ModelRegistry:
    """The model registry of this project."""
    return MlflowRegistry(settings)


class MlflowTracker:
    """Runs in the MLflow experiment named like the model."""

    def __init__(self, settings: Settings) -> None:
        """Connect to `settings.tracking_uri`."""
        self._client = MlflowClient(settings.tracking_uri)
        self._settings = settings

    def log_run(self, record: RunRecord) -> None:
        """Log a run once; a run that was interrupted while being logged is completed."""
        client = self._client
        run = find_run(client, self._settings, record.run_id)
        if run is not None and run.info.status == "FINISHED":
            return
        if run is None:
            run = client.create_run(
                _experiment(client, self._settings), run_name=record.run_id, tags={"run_id": record.run_id}
            )
        identity = run.info.run_id
        client.log_batch(
            identity,
            metrics=[Metric(name, value, run.info.start_time, 0) for name, value in record.metrics.items()],
            params=[Param(name, str(value)) for name, value in record.parameters.items()],
            tags=[RunTag(name, value) for name, value in record.lineage.items()],
        )
        for path in record.artifacts.values():
            client.log_artifact(identity, str(path))
        client.set_terminated(identity)


class MlflowRegistry:
    """Versions of the registered MLflow model named like the model; aliases, no stages."""

    def __init__(self, settings: Settings) -> None:
        """Connect to `settings.tracking_uri`."""
        self._client = MlflowClient(settings.tracking_uri)
        self._settings = settings
        self._name = settings.model_name

    def register(self, package: Path, record: RunRecord, sha256: str) -> ModelVersion:
        """Log the package as an MLflow model of the run and register it."""
        for known in self.versions():
            if (known.run_id, known.sha256) == (record.run_id, sha256):
                return known
        run = find_run(self._client, self._settings, record.run_id)
        if run is None:
            raise LookupError(f"run {record.run_id} was never tracked")
        mlflow.set_tracking_uri(self._settings.tracking_uri)
        with mlflow.start_run(run_id=run.info.run_id):
            logged = mlflow.pyfunc.log_model(
                name="model",
                loader_module=LOADER,
                data_path=str(package),
                pip_requirements=[],
            )
        tags = {"sha256": sha256, "run_id": record.run_id}
        tags |= {f"metric.{name}": repr(value) for name, value in record.metrics.items()}
        registered = mlflow.register_model(logged.model_uri, self._name, tags=tags)
        return _version(registered.version, registered.tags)

    def versions(self) -> list[ModelVersion]:
        """All versions, oldest first."""
        found = self._client.search_model_versions(f"name = '{self._name}'")
        return sorted((_version(item.version, item.tags) for item in found), key=lambda item: item.version)

    def by_alias(self, alias: str) -> ModelVersion | None:
        """The version an alias points at."""
        try:
            found = self._client.get_model_version_by_alias(self._name, alias)
        except MlflowException as error:
            if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                return None
            raise
        return _version(found.version, found.tags)

    def set_alias(self, alias: str, version: int) -> None:
        """Move an alias."""
        self._client.set_registered_model_alias(self._name, alias, str(version))

    def download(self, version: int, folder: Path) -> Path:
        """Copy the package of a version below `folder`."""
        uri = self._client.get_model_version_download_uri(self._name, str(version))
        mlflow.set_tracking_uri(self._settings.tracking_uri)
        model = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(folder / "download")))
        data = next(path for path in (model / "data").iterdir() if path.is_dir())
        return Path(shutil.copytree(data, folder / "package"))


def find_run(client: MlflowClient, settings: Settings, run_id: str) -> Run | None:
    """The MLflow run of a pipeline run."""
    found = client.search_runs([_experiment(client, settings)], f"tags.run_id = '{run_id}'", max_results=1)
    return found[0] if found else None


def _experiment(client: MlflowClient, settings: Settings) -> str:
    experiment = client.get_experiment_by_name(settings.model_name)
    if experiment is not None:
        return experiment.experiment_id
    location = settings.registry_uri
    if "://" not in location:
        location = Path(location).absolute().as_uri()
    return client.create_experiment(settings.model_name, artifact_location=location)


def _version(version: int | str, tags: dict[str, str]) -> ModelVersion:
    prefix = "metric."
    return ModelVersion(
        version=int(version),
        sha256=tags["sha256"],
        run_id=tags["run_id"],
        metrics={name.removeprefix(prefix): float(v) for name, v in tags.items() if name.startswith(prefix)},
    )
