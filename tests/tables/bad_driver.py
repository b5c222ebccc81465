"""Bring bad tables to a generated project: ingest and validate each of them; runs in the project's environment.

Usage: python bad_driver.py PACKAGE ORDER RESULT

ORDER is a JSON file: `bases`, with the name, file and target of each good table, whose contract is inferred and
committed as it is; `tables`, with the name, base and file of each bad one, and whether it goes through `train`, too.
RESULT: name → accepted, code (0 accepted, 2 refused, 3 a defect), what was said, and the exit code of `train` or None.
"""

import io
import json
import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from driver import Project

Json = dict[str, Any]


def judged(project: Project, run: str) -> Json:
    """What the first two steps say of the table of the settings."""
    heard = io.StringIO()
    logging.basicConfig(level="WARNING", handlers=[logging.StreamHandler(heard)], force=True)
    settings = project.settings.Settings()
    try:
        for step in ("ingest", "validate"):
            work = project.artifacts.Workspace(run, step, settings)
            getattr(getattr(project, f"steps__{step}"), step)(work)
    except project.errors.DataError as error:
        return {"accepted": False, "code": 2, "said": str(error)}
    except Exception:
        return {"accepted": False, "code": 3, "said": traceback.format_exc()}
    return {"accepted": True, "code": 0, "said": heard.getvalue()}


def main(package: str, order_file: Path, result_file: Path) -> None:
    """Run as a script; see the module."""
    project, prefix, folder = Project(package), package.upper(), result_file.parent
    order = json.loads(order_file.read_text())
    common = {
        "RUNS_URI": str(folder / "runs"),
        "REGISTRY_URI": str(folder / "registry"),
        "TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
        "EVALUATION__FIGURES": "false",
    }
    os.environ.update({f"{prefix}_{name}": value for name, value in common.items()})

    def choose(base: str, file: str) -> None:
        told = {
            "DATA_URI": file,
            "TARGET": order["bases"][base]["target"],
            "CONTRACT": str(folder / f"{base}.toml"),
            "MODEL_NAME": base,
        }
        os.environ.update({f"{prefix}_{name}": value for name, value in told.items()})

    results: Json = {}
    for name, base in order["bases"].items():
        choose(name, base["file"])
        written = project.command("data-contract", "--force")
        assert written["code"] == 0, written
        results[name] = {**judged(project, str(folder / "runs" / name)), "contract": written["printed"], "train": None}
    for bad in order["tables"]:
        choose(bad["base"], bad["file"])
        results[bad["name"]] = {**judged(project, str(folder / "runs" / bad["base"])), "train": None}
        if bad["train"]:
            trained = project.command("train")
            results[bad["name"]] |= {"train": trained["code"], "printed": trained["printed"] + trained["logged"]}
        Path(bad["file"]).unlink()
    result_file.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
