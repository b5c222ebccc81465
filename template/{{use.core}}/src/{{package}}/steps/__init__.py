"""The steps of the pipeline: plain functions of a workspace, each idempotent, none aware of an orchestrator."""
