"""Score a table: `python -m <package>.serving --input TABLE --output FOLDER`."""

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from io import BytesIO

import pandas as pd

from .. import logs
from ..adapters.tracking import make_registry
from ..artifacts import join, write_bytes
from ..errors import ProjectError
from ..partitions import compute_for
from ..predictor import Predictor
from ..settings import Settings
from .metrics import batch_metrics
from .score import parts_of, score_parts

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Score one table with the champion; returns the exit code.

    Writes `predictions.parquet`, `rejected.parquet` and `metrics.prom` to the output folder. Scoring the same table
    again with the same model writes the same predictions again.
    """
    parser = argparse.ArgumentParser(description="Score a table with the champion.")
    parser.add_argument("--input", help="CSV or Parquet table, path or URL; default: a table of one typical row")
    parser.add_argument("--output", default="predictions", help="folder or URL for the results")
    options = parser.parse_args(arguments)
    settings = Settings()
    logs.configure(settings.log_level)
    started = time.monotonic()
    try:
        predictor = Predictor.by_alias(make_registry(settings))
        example = pd.DataFrame([predictor.schema.example()])
        parts = parts_of(options.input, settings.partition_rows) if options.input else [example]
        with compute_for(parts, settings) as compute:
            scores = score_parts(predictor, parts, compute)
    except ProjectError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for name, part in (("predictions", scores.predicted), ("rejected", scores.rejected)):
        buffer = BytesIO()
        part.to_parquet(buffer, index=False)
        write_bytes(join(options.output, f"{name}.parquet"), buffer.getvalue())
    text = batch_metrics(predictor, scores, time.monotonic() - started)
    write_bytes(join(options.output, "metrics.prom"), text)
    rows, rejected = len(scores.predicted) + len(scores.rejected), len(scores.rejected)
    log.info("table scored", extra={"rows": rows, "rejected": rejected, "output": options.output})
    print(f"{len(scores.predicted)} rows predicted, {len(scores.rejected)} rejected, in {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
