"""The steps of the pipeline: plain functions of a workspace, idempotent and independent of the orchestrator."""
