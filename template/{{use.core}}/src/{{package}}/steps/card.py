"""The model card of a run, from its artifacts and measurements."""

from datetime import UTC, datetime

from ..artifacts import Workspace
from ..assessment import Assessment
from ..comparison import Comparison
from ..contract import Contract
from ..environment import code_commit
from ..evaluation import LOSS
from ..gate import Measured, Verdict
from ..model_card import CardFacts, Column, Origin, Quality, model_card
from ..predictor import Predictor
from ..problem import METRIC


def card(
    work: Workspace,
    predictor: Predictor,
    found: Assessment,
    measured: Measured,
    verdict: Verdict,
    training_rows: int,
    test_rows: int,
) -> str:
    """Render the model card of a run as Markdown.

    Args:
        work: workspace of the step.
        predictor: the model.
        found: the results of the evaluation.
        measured: the measurements that the gate checked.
        verdict: the gate's decision.
        training_rows: rows that the model was trained on.
        test_rows: rows that it was measured on.
    """
    source = work.read_json("ingest/source.json")
    contract = Contract.model_validate_json(work.read("ingest/contract.json"))
    optional = {feature.name: feature.optional for feature in predictor.schema.features}
    best = max((baseline.value for baseline in measured.baselines.values()), default=None)
    comparison = measured.comparison
    threshold = found.details.get("threshold")
    return model_card(
        CardFacts(
            name=work.settings.model_name,
            target=predictor.schema.target,
            labels=predictor.schema.labels,
            origin=Origin(
                source=source["uri"],
                training_rows=training_rows,
                test_rows=test_rows,
                run=work.run_id,
                date=f"{datetime.now(UTC):%Y-%m-%d}",
                data_sha256=source["sha256"],
                code_commit=code_commit(),
                columns=[
                    Column(name, column.type, column.role, optional.get(name, bool(column.optional)))
                    for name, column in contract.columns.items()
                ],
            ),
            quality=Quality(
                gate_metric=METRIC,
                passed=verdict.passed,
                reasons=[*verdict.reasons, *([verdict.doubt] if verdict.doubt else [])],
                model=found.metrics,
                baseline=None if best is None else {METRIC: best},
                champion={METRIC: comparison.champion} if isinstance(comparison, Comparison) else None,
            ),
            details=found.details,
            slices=found.slices,
            fairness=found.fairness,
            threshold=threshold["message"] if threshold else "",
            importances=found.importances,
            loss=LOSS,
            figures=list(found.figures),
            intended_use=work.settings.card.intended_use,
            limits=work.settings.card.limits,
            written_in="[card] in config.toml",
        )
    )
