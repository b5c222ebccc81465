"""Experiment tracking on Weights & Biases, only imported when a run is tracked; the model registry is a folder.

Importing W&B takes longer than most steps, and an engine that starts a process per step would do it each time. W&B's
registry is not used, because it cannot be reached offline, and serving must not depend on a tracking service.
"""

from ..ports import ModelRegistry, Tracker
from ..settings import Settings
from .file_registry import FileRegistry


def make_tracker(settings: Settings) -> Tracker:
    """Return the tracker of this project."""
    from .wandb_tracking import WandbTracker

    return WandbTracker(settings)


def make_registry(settings: Settings) -> ModelRegistry:
    """Return the model registry of this project."""
    return FileRegistry(settings)
