"""Retrain a generated project on tables that grew or were spoiled; runs in the project's environment.

Each table is ingested, validated, split and trained on by the steps of the pipeline; each pair of models is then judged
as `evaluate` does: by baselines, the comparison on rows that neither was trained on, and the gate. Which rows these are
is asserted, too. Both models predict the third part, of which the tests know what is true.

Usage: python retraining_driver.py PACKAGE ORDER RESULT

ORDER is a JSON file: name, target, roles and types as in driver.py, `files`, of which the first is the one that the
contract is inferred from, `held`, the file of the third part, `cases`: name, first and next, which are files.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from driver import Project, edit

Json = dict[str, Any]


@dataclass(frozen=True)
class Trained:
    """A model, and what it was trained and tested on."""

    run: str
    predictor: Any
    champion: Any
    train: pd.DataFrame
    test: pd.DataFrame


def trained(project: Project, file: str, run: str) -> Trained | str:
    """Train on a table; why it cannot be, as text, where the data is refused."""
    settings = project.settings.Settings.of_run({"data_uri": file})
    works = {}
    try:
        for step in ("ingest", "validate", "preprocess", "train"):
            works[step] = project.artifacts.Workspace(run, step, settings)
            getattr(getattr(project, f"steps__{step}"), step)(works[step])
    except project.errors.DataError as error:
        return str(error)
    work = works["train"]
    predictor = project.predictor.Predictor.from_bytes(
        work.read("train/model.joblib"), work.read("preprocess/schema.json"), version=1
    )
    champion = project.comparison.Champion(
        predictor=predictor,
        rule=project.split.SplitRule.model_validate_json(work.read("preprocess/split.json")),
        keys=project.split.unpack(work.read("preprocess/trained-rows.npy")),
        profile=None,
    )
    parts = (work.read_table(f"preprocess/{side}.parquet") for side in ("train", "test"))
    return Trained(run, predictor, champion, *parts)


def rows_of(table: pd.DataFrame) -> set[tuple[str, ...]]:
    """Whole rows, as text: independent of how the project tells rows apart."""
    texts = table[sorted(map(str, table))].astype("str").fillna("missing")
    return set(texts.itertuples(index=False, name=None))


def judged(project: Project, before: Trained, after: Trained) -> Json:
    """What the gate decides of a model when another one is the champion, and on which rows."""
    settings = project.settings.Settings()
    contract = project.dataset.committed(settings)
    gate = settings.gate
    scored = project.steps__evaluate.score_rows(after.predictor, after.test, contract)
    common = project.comparison.common_rows(before.champion, after.test)
    seen = 0
    if not isinstance(common, str):
        rows = after.test[common]
        seen += int(np.isin(before.champion.rule.keys(after.test)[common], before.champion.keys).sum())
        seen += len(rows_of(rows) & rows_of(before.train)) + len(rows_of(rows) & rows_of(after.train))
    comparison = project.comparison.compare(scored, before.champion, after.test, gate.tolerance, settings.seed)
    metric = project.problem.METRIC
    old = project.steps__evaluate.score_rows(before.predictor, before.test, contract)
    was = project.evaluation.metrics(old)[metric]
    resamples = project.resampling.Resamples.of(scored, settings.seed)
    measured = project.gate.Measured(
        value=project.evaluation.metrics(scored)[metric],
        baselines=project.baselines.baselines(after.predictor, after.train, resamples, gate.margin, settings.seed),
        comparison=comparison,
        earlier=project.gate.Earlier(1, was, len(before.train) + len(before.test), len(after.train) + len(after.test)),
        spread=resamples.spread,
    )
    verdict = project.gate.decide(measured, gate)
    compared = dict(project.comparison.as_json(comparison))
    passed = bool(verdict.passed) and not verdict.doubt
    return {"passed": passed, "reasons": [*verdict.reasons, verdict.doubt], "seen": seen, "comparison": compared}


def main(package: str, order_file: Path, result_file: Path) -> None:
    """Run as a script; see the module."""
    project, folder = Project(package), result_file.parent
    order = json.loads(order_file.read_text())
    settings = {
        "DATA_URI": order["files"][0],
        "TARGET": order["target"],
        "CONTRACT": str(folder / "data-contract.toml"),
        "LOG_LEVEL": "ERROR",
    }
    os.environ.update({f"{package.upper()}_{name}": value for name, value in settings.items()})
    written = project.command("data-contract", "--force")
    assert written["code"] == 0, written
    edit(folder / "data-contract.toml", order["roles"], order["types"])

    models = {file: trained(project, file, str(folder / f"run-{place}")) for place, file in enumerate(order["files"])}
    held = project.dataset.load(project.settings.Settings.of_run({"data_uri": order["held"]})).table
    for model in models.values():
        if isinstance(model, Trained):  # a gap in a column in which it saw none
            held = held[model.predictor.schema.check(held).reasons == ""].reset_index(drop=True)
    said = pd.DataFrame({"truth": held[order["target"]]})
    for place, (file, model) in enumerate(models.items()):
        if isinstance(model, Trained):
            said[file] = model.predictor.predict(held)["prediction"]
            assert place or not rows_of(held) & rows_of(model.train), "the third part is no third part"
    said.to_parquet(folder / "held.parquet")
    results = []
    for case in order["cases"]:
        before, after = models[case["first"]], models[case["next"]]
        if isinstance(before, str) or isinstance(after, str):
            refused = {"first": before, "next": after}
            results.append({**case, "data": {name: why for name, why in refused.items() if isinstance(why, str)}})
        else:
            results.append({**case, **judged(project, before, after)})
    result_file.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
