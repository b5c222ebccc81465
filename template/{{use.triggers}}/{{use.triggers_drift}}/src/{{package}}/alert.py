"""What a monitoring tells of an alert that requests a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Alert:
    """A firing alert of this model that requests a retraining.

    Attributes:
        labels: its labels, for the record.
        active_at: when its condition became true, with a time zone.
    """

    labels: Mapping[str, str]
    active_at: datetime
