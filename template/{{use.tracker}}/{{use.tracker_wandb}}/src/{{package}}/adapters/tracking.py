"""Experiment tracking on Weights & Biases, which is imported when a run is tracked; the model registry is a folder.

W&B's import takes longer than most steps do, and an engine that starts a process for each step would pay it each time.
The registry is not W&B's: that one cannot be reached offline, and serving must not depend on a tracking service.
"""

from ..ports import ModelRegistry, Tracker
from ..settings import Settings
from .file_registry import FileRegistry


def make_tracker(settings: Settings) -> Tracker:
    """The tracker of this project."""
    from .wandb_tracking import WandbTracker

    return WandbTracker(settings)


def make_registry(settings: Settings) -> ModelRegistry:
    """The model registry of this project."""
    return FileRegistry(settings)
