"""Experiment tracking and model registry on MLflow, which is only imported when one of them is used.

Importing it takes longer than most steps, and an engine that starts a process per step would do it each time.
"""

from ..ports import ModelRegistry, Tracker
from ..settings import Settings


def make_tracker(settings: Settings) -> Tracker:
    """Return the tracker of this project."""
    from .mlflow_tracking import MlflowTracker

    return MlflowTracker(settings)


def make_registry(settings: Settings) -> ModelRegistry:
    """Return the model registry of this project."""
    from .mlflow_tracking import MlflowRegistry

    return MlflowRegistry(settings)
