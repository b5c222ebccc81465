"""The chosen tools behind the ports of this project: experiment tracking, model registry, orchestration."""
