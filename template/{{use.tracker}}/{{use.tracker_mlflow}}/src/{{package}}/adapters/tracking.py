"""Experiment tracking and model registry on MLflow, which is imported by whoever asks for one of them.

Its import takes longer than most steps do, and an engine that starts a process for each step would pay it each time.
"""

from ..ports import ModelRegistry, Tracker
from ..settings import Settings


def make_tracker(settings: Settings) -> Tracker:
    """The tracker of this project."""
    from .mlflow_tracking import MlflowTracker

    return MlflowTracker(settings)


def make_registry(settings: Settings) -> ModelRegistry:
    """The model registry of this project."""
    from .mlflow_tracking import MlflowRegistry

    return MlflowRegistry(settings)
