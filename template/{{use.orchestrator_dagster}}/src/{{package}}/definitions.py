"""Read by Dagster: `dagster dev --module-name`, code servers and the daemon."""

from .adapters.orchestration import definitions

defs = definitions()
