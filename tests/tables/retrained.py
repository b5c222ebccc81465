"""Retrain generated projects on the tables of grown.py, and judge their gate by a part that no model was trained on."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import catalogue
import grown
import pandas as pd
from catalogue import Table
from grown import Verdict
from suite import HERE, NAME, RESULTS, Project, order, run

SEED = 2
"""Of all that is drawn. The limits of the gate were found with 1, so that these figures are of cases they never met."""


@dataclass(frozen=True)
class Judgement:
    """What the gate said of a model, beside what the third part says.

    Attributes:
        table: its name.
        framework: of the project.
        case: what happened to the table.
        truth: of the new model, by the third part.
        promoted: whether the gate let it pass and serve.
        baseline: whether it is refused whatever it is compared with, since what needs no model is as good.
        rows: on which both were compared; 0 where they were not.
        seen: how many of these one of the two was trained on.
        reasons: why it was refused.
        worse: share of the resamples in which it was worse.
    """

    table: str
    framework: str
    case: str
    truth: Verdict
    promoted: bool
    baseline: bool
    rows: int
    seen: int
    reasons: Sequence[str] = field(default_factory=tuple)
    worse: float | None = None


def retrain(project: Project, table: Table, framework: str, folder: Path) -> list[Judgement]:
    """All that grown.py does to a table; what the project refuses as data is left out."""
    parts = grown.split(table.raw(), table.target, SEED)
    files: dict[int, str] = {}
    kept: list[pd.DataFrame] = []  # else another frame might get the number of one that is gone

    def file(frame: pd.DataFrame) -> str:
        same = next((known for known in kept if known is frame or known.equals(frame)), None)
        if same is None:
            same = frame
            kept.append(frame)
            path = folder / f"{len(kept)}{table.form.suffix}"
            path.write_bytes(table.form.content(frame))
            files[id(frame)] = str(path)
        return files[id(same)]

    file(parts.grown)
    cases = [
        {"name": case.name, "first": file(case.first), "next": file(case.next)}
        for case in grown.retrainings(parts, table.target, table.problem, SEED, table.known["ignore"])
    ]
    held = folder / f"held{table.form.suffix}"
    held.write_bytes(table.form.content(parts.held))
    told = {**order(table, held, framework), "files": [*files.values()], "held": str(held), "cases": cases}
    (folder / "order.json").write_text(json.dumps(told))
    arguments = [str(HERE / "retraining_driver.py"), NAME, str(folder / "order.json"), str(folder / "result.json")]
    done = run(project, project.rest, *arguments, folder=folder)
    assert done.returncode == 0, done.stderr[-6000:]
    said = pd.read_parquet(folder / "held.parquet")
    results = json.loads((folder / "result.json").read_text())
    return [_judgement(table, framework, result, said) for result in results if "data" not in result]


def _judgement(table: Table, framework: str, result: dict[str, Any], said: pd.DataFrame) -> Judgement:
    compared = result["comparison"]
    return Judgement(
        table=table.name,
        framework=framework,
        case=result["name"],
        truth=grown.compare(said["truth"], said[result["first"]], said[result["next"]], table.problem, SEED),
        promoted=result["passed"],
        baseline=any("is not reliably better than" in reason for reason in result["reasons"]),
        rows=compared.get("rows", 0),
        seen=result["seen"],
        reasons=[reason for reason in result["reasons"] if reason],
        worse=compared.get("worse"),
    )


def right(judgements: Iterable[Judgement], truth: Verdict) -> tuple[int, int]:
    """Of the models that are clearly better, or worse, how many were promoted, or were not, and how many there are.

    What is no better than a baseline is nothing to promote, however bad the champion is.
    """
    clear = [one for one in judgements if one.truth == truth and not (truth == "better" and one.baseline)]
    return sum(one.promoted == (truth == "better") for one in clear), len(clear)


def kept(judgements: Sequence[Judgement], file: Path) -> None:
    """Write judgements where the page about real tables finds them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(one) for one in judgements], indent=1))


if __name__ == "__main__":
    import shutil
    import sys

    from suite import create

    python, place, framework, *names = sys.argv[1:]
    for name in names or grown.RETRAINED:
        found = catalogue.table(name)
        base = Path(place) / f"{found.problem}-{framework}"
        if not base.exists():
            create(base, Path(python), problem=found.problem, framework=framework)
        project = Project(base / "rest" / NAME, base / "batch" / NAME, Path(python), base / "mlflow.db")
        shutil.rmtree(base / name, ignore_errors=True)
        (base / name).mkdir()
        all_of_it = retrain(project, found, framework, base / name)
        kept(all_of_it, RESULTS / f"retraining-{framework}-{name}.json")
        for one in all_of_it:
            print(name, one.case, one.truth, one.promoted, one.worse, one.rows, one.seen, one.reasons, flush=True)
