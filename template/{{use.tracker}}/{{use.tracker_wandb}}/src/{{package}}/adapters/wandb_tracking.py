"""Experiment tracking on Weights & Biases; without a key it logs to a local folder that `wandb sync` uploads later.

API: https://docs.wandb.ai/ref/python/
"""

import os
import re
from pathlib import Path

import wandb

from ..ports import RunRecord
from ..settings import Settings


class WandbTracker:
    """Tracks runs in the W&B project with the name of the model."""

    def __init__(self, settings: Settings) -> None:
        """Log online if WANDB_API_KEY is set, else offline below `settings.tracking_folder`."""
        self._settings = settings

    def log_run(self, record: RunRecord) -> None:
        """Log a run; logging it again continues the run with the same id."""
        settings = self._settings
        Path(settings.tracking_folder).mkdir(parents=True, exist_ok=True)
        with wandb.init(
            project=settings.model_name,
            id=re.sub(r"[^A-Za-z0-9_-]", "-", record.run_id),
            name=record.run_id,
            config={**record.parameters, "lineage": dict(record.lineage)},
            dir=settings.tracking_folder,
            mode="online" if os.environ.get("WANDB_API_KEY") else "offline",
            resume="allow",
            settings=wandb.Settings(silent=True, console="off", disable_git=True, x_disable_stats=True),
        ) as run:
            run.summary.update(dict(record.metrics))
            if record.artifacts:  # a trial of a search has none
                package = wandb.Artifact(settings.model_name, type="model", metadata=dict(record.lineage))
                for name, path in record.artifacts.items():
                    package.add_file(str(path), name=name)
                run.log_artifact(package)
