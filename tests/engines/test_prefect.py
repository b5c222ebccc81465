"""A project meets a real Prefect: a resident server, `make schedule`, and its own `make pipeline-submit`."""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from engines.servers import Project, Webhook, created, free_port, wait, webhook

# A minute, on a machine that has other things to do.
pytestmark = [pytest.mark.cached("proof/tools.py"), pytest.mark.full]

FLOW = "my-project-training"
STEPS = ["ingest", "validate", "preprocess", "train", "evaluate", "register", "deploy"]
WRITE = """
import sys
from my_project.problem import example_table

example_table("target").head(int(sys.argv[2])).to_csv(sys.argv[1], index=False)
"""


@dataclass(frozen=True)
class Prefect:
    """A running Prefect, its API, and the project that it serves."""

    project: Project
    url: str
    hook: Webhook
    log: Callable[[], str]

    def submit(self, parameters: dict[str, object], **variables: str) -> str:
        """Start a run as a user does; returns its id."""
        given = f"PARAMETERS={json.dumps(parameters)}"
        # The environment is the one above, so uv has nothing to do.
        return self.project.done("make", "--silent", "pipeline-submit", "RUN=", given, **variables)

    def ended(self, run: str) -> dict[str, Any]:
        """A run that has ended."""

        def poll() -> dict[str, Any] | None:
            found: dict[str, Any] = ask(f"{self.url}/flow_runs/{run}")
            return found if found["state_type"] in ("COMPLETED", "FAILED", "CRASHED") else None

        return wait(f"the end of {run}", poll, 180, self.log)

    def tasks(self, run: str) -> dict[str, tuple[str, int]]:
        """Task of a run → its state, and how often it was tried."""
        found = ask(f"{self.url}/task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
        return {task["name"].rpartition("-")[0]: (task["state_type"], task["run_count"]) for task in found}


def ask(url: str, body: dict[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
    """One request of Prefect's API."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefect]:
    """Prefect with a data base and a port of its own, stopped in the end whatever happens."""
    with ExitStack() as stack:
        plain = created(tmp_path_factory.mktemp("prefect"), orchestrator="prefect", triggers=["data", "manual"])
        hook = stack.enter_context(webhook(plain))
        port = str(free_port())
        url = f"http://127.0.0.1:{port}/api"
        served = Project(
            plain.folder,
            plain.variables
            | {
                "PREFECT_API_URL": url,
                "PREFECT_HOME": str(plain.folder.parent / "home"),
                "PREFECT_RUNNER_POLL_FREQUENCY": "1",
                "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
                "MY_PROJECT_NOTIFY_URL": hook.url,
                "MY_PROJECT_DATA_URI": str(plain.folder / "table.csv"),
                "MY_PROJECT_WATCH_MINUTES": "0.1",
                "SSL_CERT_FILE": str(hook.certificate),
            },
        )
        command = ("prefect", "server", "start", "--no-ui", "--host", "127.0.0.1", "--port", port)
        logs = [stack.enter_context(served.process(*command))]

        def log() -> str:
            return "\n".join(log()[-4000:] for log in logs)

        wait("the server", lambda: ask(f"{url}/health") or None, 120, log)
        logs.append(stack.enter_context(served.process("make", "schedule", "RUN=")))
        wait("the flow", lambda: ask(f"{url}/deployments/name/{FLOW}/my-project"), 120, log)
        yield Prefect(served, url, hook, log)


EXAMPLE: dict[str, object] = {"data_uri": ""}


def test_a_submitted_run_gives_what_the_in_process_runner_gives(prefect: Prefect) -> None:
    run = prefect.submit({"run_date": "2026-11-20", **EXAMPLE})
    assert prefect.ended(run)["state_type"] == "COMPLETED", prefect.log()
    # Afterwards: two runs at once would meet while the tracker creates its data base.
    command = ("python", "-m", "my_project", "train", "--parameters", json.dumps(EXAMPLE))
    prefect.project.done(*command, "--run", "runs/alone")
    expected = prefect.project.outcome("runs/alone")
    assert prefect.project.outcome(f"runs/{run}") == expected
    assert prefect.tasks(run) == dict.fromkeys(STEPS, ("COMPLETED", 1))
    assert prefect.hook.texts == []


def test_a_failed_run_is_reported_and_not_retried(prefect: Prefect) -> None:
    run = prefect.ended(prefect.submit({"data_uri": "missing.csv"}))
    assert run["state_type"] == "FAILED"
    assert prefect.tasks(run["id"]) == {"ingest": ("FAILED", 1)}
    [text] = wait("the webhook", lambda: prefect.hook.texts or None, 60, prefect.log)
    assert run["name"] in text
    assert "missing.csv: no such file" in text


def test_wrong_parameters_are_not_submitted(prefect: Prefect) -> None:
    wrong = prefect.project.call("make", "--silent", "pipeline-submit", "RUN=", 'PARAMETERS={"seed": "seven"}')
    assert wrong.returncode != 0
    assert "the settings are wrong" in wrong.stderr


def test_new_data_starts_one_run(prefect: Prefect) -> None:
    def started() -> list[dict[str, Any]]:
        body = {"flow_runs": {"name": {"like_": "data-"}}, "deployments": {"name": {"any_": ["my-project"]}}}
        found: list[dict[str, Any]] = ask(f"{prefect.url}/flow_runs/filter", body)
        return found

    def new_data(rows: int) -> None:
        table = prefect.project.folder / "table.csv"
        prefect.project.done("python", "-c", WRITE, str(table), str(rows))
        os.utime(table, (time.time() - 600,) * 2)

    new_data(150)
    [run] = wait("a run", lambda: started() or None, 120, prefect.log)
    assert prefect.ended(run["id"])["state_type"] == "COMPLETED", prefect.log()
    source = prefect.project.folder / "runs" / run["name"] / "ingest" / "source.json"
    assert json.loads(source.read_text())["rows"] == 150
    watches = {
        "flows": {"name": {"any_": ["my-project-new-data"]}},
        "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
    }
    watched = len(ask(f"{prefect.url}/flow_runs/filter", watches))
    wait(
        "two more runs of the watch",
        lambda: len(ask(f"{prefect.url}/flow_runs/filter", watches)) > watched + 1 or None,
        120,
        prefect.log,
    )
    assert len(started()) == 1
    new_data(149)
    wait("another run", lambda: len(started()) == 2 or None, 120, prefect.log)
