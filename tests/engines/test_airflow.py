"""A project meets a real Airflow: API server, DAG processor, scheduler, triggerer, and `make pipeline-submit`."""

import json
import os
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from engines.servers import Project, Webhook, created, free_port, wait, webhook

# Each task is a process that imports all of Airflow and of the project: a minute for a run.
pytestmark = [pytest.mark.cached("proof/tools.py"), pytest.mark.full]

DAG = "my-project-training"
STEPS = ["ingest", "validate", "preprocess", "train", "evaluate", "register", "deploy"]
WRITE = """
import sys
from my_project.problem import example_table

example_table("target").head(int(sys.argv[2])).to_csv(sys.argv[1], index=False)
"""


@dataclass(frozen=True)
class Airflow:
    """A running Airflow, its API, and the project that it has loaded."""

    project: Project
    url: str
    token: str
    hook: Webhook
    log: Callable[[], str]

    def ask(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """What the API answers."""
        return ask(f"{self.url}/api/v2/{path}", self.token)

    def submit(self, parameters: dict[str, object], **variables: str) -> str:
        """Start a run as a user does; returns its id."""
        given = f"PARAMETERS={json.dumps(parameters)}"
        # The environment is the one above, so uv has nothing to do.
        return self.project.done("make", "--silent", "pipeline-submit", "RUN=", given, **self.address, **variables)

    @property
    def address(self) -> dict[str, str]:
        """How `make pipeline-submit` finds this Airflow."""
        return {"AIRFLOW_API_URL": self.url, "AIRFLOW_API_TOKEN": self.token}

    def ended(self, run: str) -> str:
        """State of a run that has ended."""

        def state() -> str | None:
            found = str(self.ask(f"dags/{DAG}/dagRuns/{quote(run)}")["state"])
            return found if found in ("success", "failed") else None

        return wait(f"the end of {run}", state, 300, self.log)

    def tasks(self, run: str) -> dict[str, tuple[str, int]]:
        """Task of a run → its state, and how often it was tried."""
        found = self.ask(f"dags/{DAG}/dagRuns/{quote(run)}/taskInstances")["task_instances"]
        return {task["task_id"]: (task["state"], task["try_number"]) for task in found}


def ask(url: str, token: str = "", body: dict[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
    """One request of Airflow's API."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """Airflow with a data base, a user and ports of its own, stopped in the end whatever happens."""
    with ExitStack() as stack:
        plain = created(tmp_path_factory.mktemp("airflow"), orchestrator="airflow", triggers=["data", "manual"])
        hook = stack.enter_context(webhook(plain))
        home = plain.folder.parent / "home"
        home.mkdir()
        passwords = home / "passwords.json"
        passwords.write_text('{"ci": "of-this-test"}')
        url = f"http://127.0.0.1:{free_port()}"
        served = Project(
            plain.folder,
            plain.variables
            | {
                "AIRFLOW_HOME": str(home),
                "AIRFLOW__API__BASE_URL": url,
                "AIRFLOW__API_AUTH__JWT_SECRET": "of-this-test" * 6,
                "AIRFLOW__CORE__DAGS_FOLDER": str(plain.folder / "dags"),
                "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
                "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
                # `user` is the smallest role of this manager that may start runs.
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "ci:user",
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
                "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
                "MY_PROJECT_DATA_URI": str(plain.folder / "table.csv"),
                "MY_PROJECT_WATCH_MINUTES": "0.05",
                "MY_PROJECT_NOTIFY_URL": hook.url,
                "SSL_CERT_FILE": str(hook.certificate),
            },
        )
        served.done("airflow", "db", "migrate")
        port = url.rpartition(":")[2]
        logs = [
            stack.enter_context(served.process("airflow", *command))
            for command in (
                ("api-server", "--host", "127.0.0.1", "--port", port, "--workers", "1"),
                ("dag-processor",),
                ("scheduler", "--skip-serve-logs"),
                ("triggerer", "--skip-serve-logs"),
            )
        ]

        def log() -> str:
            return "\n".join(log()[-4000:] for log in logs)

        user = {"username": "ci", "password": "of-this-test"}
        answer = wait("the API server", lambda: ask(f"{url}/auth/token", body=user), 120, log)
        ready = Airflow(served, url, answer["access_token"], hook, log)
        wait("the DAG", lambda: ready.ask("dags")["dags"] or None, 120, log)
        yield ready


EXAMPLE: dict[str, object] = {"data_uri": ""}


def test_a_submitted_run_gives_what_the_in_process_runner_gives(airflow: Airflow) -> None:
    run = airflow.submit({"run_date": "2026-11-20", **EXAMPLE}, RUN_URI="runs/airflow")
    assert airflow.ended(run) == "success", airflow.log()
    # Afterwards: two runs at once would meet while the tracker creates its data base.
    command = ("python", "-m", "my_project", "train", "--parameters", json.dumps(EXAMPLE))
    airflow.project.done(*command, "--run", "runs/alone")
    expected = airflow.project.outcome("runs/alone")
    assert airflow.project.outcome("runs/airflow") == expected
    assert airflow.tasks(run) == dict.fromkeys(STEPS, ("success", 1))
    assert airflow.hook.texts == []


def test_a_failed_run_is_reported_and_not_retried(airflow: Airflow) -> None:
    run = airflow.submit({"data_uri": "missing.csv"})
    assert airflow.ended(run) == "failed"
    assert airflow.tasks(run) == dict.fromkeys(STEPS, ("upstream_failed", 0)) | {"ingest": ("failed", 1)}
    [text] = wait("the webhook", lambda: airflow.hook.texts or None, 60, airflow.log)
    assert run in text
    assert DAG in text


def test_a_submission_without_a_valid_token_is_refused(airflow: Airflow) -> None:
    command = ("make", "--silent", "pipeline-submit", "RUN=")
    for token in ("", "nonsense"):
        refused = airflow.project.call(*command, **airflow.address | {"AIRFLOW_API_TOKEN": token})
        assert refused.returncode != 0
        assert "set AIRFLOW_API_TOKEN" in refused.stderr
    wrong = airflow.project.call(*command, 'PARAMETERS={"seed": "seven"}', **airflow.address)
    assert "the settings are wrong" in wrong.stderr


def test_new_data_starts_one_run_also_for_a_triggerer_that_starts_again(airflow: Airflow) -> None:
    def started() -> list[str]:
        runs = airflow.ask(f"dags/{DAG}/dagRuns?run_type=asset_triggered")["dag_runs"]
        return [run["dag_run_id"] for run in runs]

    def new_data(rows: int) -> None:
        table = airflow.project.folder / "table.csv"
        airflow.project.done("python", "-c", WRITE, str(table), str(rows))
        os.utime(table, (time.time() - 600,) * 2)

    new_data(150)
    [run] = wait("a run", lambda: started() or None, 120, airflow.log)
    assert airflow.ended(run) == "success", airflow.log()
    assert airflow.tasks(run) == dict.fromkeys(STEPS, ("success", 1))
    [folder] = (airflow.project.folder / "runs").glob("data-*")
    assert json.loads((folder / "ingest" / "source.json").read_text())["rows"] == 150
    with airflow.project.process("airflow", "triggerer", "--skip-serve-logs"):
        time.sleep(30)
    assert started() == [run]
    new_data(149)
    wait("another run", lambda: len(started()) == 2 or None, 120, airflow.log)
