"""The state machine of a project does the same in moto's interpreter, which is not ours, and in the project's own."""

import json
import re
from typing import Any

import pytest
from engines.drivers import call_driver

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.questionnaire import Questionnaire

pytestmark = pytest.mark.cached("proof/tools.py")

STEPS = ["ingest", "validate", "preprocess", "train", "evaluate", "register", "deploy"]
PASSED, REFUSED = json.dumps({"passed": True, "reasons": []}), json.dumps({"passed": False, "reasons": ["bad"]})
DEPLOYED = {"partition": "aws", "runs_uri": "s3://artifacts/runs", "runs_bucket": "artifacts", "runs_prefix": "runs"}

SCENARIOS: dict[str, dict[str, Any]] = {
    "all is well": {"codes": {}, "verdict": PASSED},
    "a run gets its parameters": {
        "codes": {},
        "verdict": PASSED,
        "given": {"run_id": "a-run", "parameters": {"run_date": "2026-01-02", "gate.threshold": 0.9}},
    },
    "the model is refused": {"codes": {}, "verdict": REFUSED},
    "a person has to fix it": {"codes": {"ingest": [1]}, "verdict": PASSED},
    "the data is refused": {"codes": {"validate": [2]}, "verdict": PASSED},
    "a step says that nothing is promoted": {"codes": {"evaluate": [4]}, "verdict": PASSED},
    "it passes the second time": {"codes": {"train": [137], "register": [3, 3]}, "verdict": PASSED},
    "it never passes": {"codes": {"preprocess": [3, 137, 139]}, "verdict": PASSED},
    "it fails, then is refused": {"codes": {"validate": [3, 1]}, "verdict": PASSED},
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Scenario → what happened in moto and in the project's interpreter."""
    folder = tmp_path_factory.mktemp("stepfunctions") / "my-project"
    given = {"project_name": "my-project", "cloud": "aws", "orchestrator": "stepfunctions"}
    render.create(check(Questionnaire(source.root(), folder), given), folder)
    text = (folder / "infra" / "state_machine.asl.json").read_text().replace("${topic}", "TOPIC")
    request = {
        "machine": json.loads(re.sub(r"\$\{(\w+)\}", lambda name: DEPLOYED.get(name[1], name[1]), text)),
        "interpreter": str(folder / "tools" / "states_language.py"),
        "scenarios": [{"given": {}, **scenario} for scenario in SCENARIOS.values()],
    }
    return dict(zip(SCENARIOS, call_driver("driver.py", request), strict=True))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_both_interpreters_do_the_same(scenario: str, outcomes: dict[str, dict[str, Any]]) -> None:
    outcome = outcomes[scenario]
    assert outcome["registered"]
    assert outcome["ours"] == outcome["moto"]


@pytest.mark.parametrize(
    ("scenario", "steps", "pauses", "error"),
    [
        ("all is well", STEPS, [], ""),
        ("the model is refused", STEPS[:5], [], ""),
        ("a person has to fix it", ["ingest"], [], "Refused"),
        ("the data is refused", STEPS[:2], [], "Refused"),
        ("a step says that nothing is promoted", STEPS[:5], [], "Refused"),
        ("it passes the second time", [*STEPS[:4], "train", "evaluate", *["register"] * 3, "deploy"], [10, 10, 20], ""),
        ("it never passes", [*STEPS[:3], "preprocess", "preprocess"], [10, 20], "Failed"),
        ("it fails, then is refused", ["ingest", "validate", "validate"], [10], "Refused"),
    ],
)
def test_what_moto_does_is_what_was_meant(
    scenario: str, steps: list[str], pauses: list[float], error: str, outcomes: dict[str, dict[str, Any]]
) -> None:
    moto = outcomes[scenario]["moto"]
    assert [command[2] for command in moto["commands"]] == steps
    assert (moto["pauses"], moto["error"]) == (pauses, error)
    assert len(moto["messages"]) == (error != "")
    assert all("s3://artifacts/runs/a-run" in message for message in moto["messages"])


def test_every_container_gets_the_run_its_parameters_and_what_it_asked_for(outcomes: dict[str, dict[str, Any]]) -> None:
    moto = outcomes["a run gets its parameters"]["moto"]
    for command, request in zip(moto["commands"], moto["requests"], strict=True):
        assert command[:5] == ["my_project", "step", command[2], "--run", "s3://artifacts/runs/a-run"]
        assert json.loads(command[6]) == {"run_date": "2026-01-02", "gate.threshold": 0.9}
        assert request["NetworkConfiguration"]["AwsvpcConfiguration"]["Subnets"] == ["subnet_ids"]
        assert request["Overrides"]["Cpu"] == ("2048" if command[2] == "train" else "1024")
