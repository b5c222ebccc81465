"""A project whose input drifts: its server sees it, a real Prometheus says so by the project's rules, a run starts."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from engines.servers import Project, created, free_port, wait

from proof.tools import debian_tools

pytestmark = [pytest.mark.cached("proof/tools.py"), pytest.mark.full]

TABLE = """
import sys
from my_project.problem import example_table

table = example_table("target")
name = table.columns[0]
table[name] = table[name] * 3 + 40
table.to_parquet(sys.argv[1])
table.drop(columns="target").sample(900, replace=True, random_state=1).to_json(sys.argv[2], orient="records")
"""


@dataclass(frozen=True)
class Watched:
    """A trained project, rows that it was not trained for, and a Prometheus that looks at its server."""

    project: Project
    rows: list[dict[str, float]]
    server: str
    prometheus: str

    def ask(self, address: str, body: object = None) -> bytes:
        """One request."""
        content = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(address, content, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes(answer.read())

    @contextmanager
    def serving(self) -> Iterator[Callable[[], str]]:
        """The project's server, once it is ready."""
        port = self.server.rpartition(":")[2]
        with self.project.process("python", "-m", "my_project.serving", "--port", port) as log:
            wait("the server", lambda: self.ask(f"{self.server}/readyz"), 120, log)
            yield log

    def gauge(self) -> float | None:
        """How far the first feature is from the training rows, as the server says."""
        name = re.escape(next(iter(self.rows[0])))
        found = re.search(
            rf'^model_feature_drift{{feature="{name}"}} (\S+)$', self.ask(f"{self.server}/metrics").decode(), re.M
        )
        return float(found[1]) if found else None

    def alerts(self, state: str) -> list[dict[str, Any]]:
        """The alerts of Prometheus that ask for a run, in some state."""
        found: list[dict[str, Any]] = json.loads(self.ask(f"{self.prometheus}/api/v1/alerts"))["data"]["alerts"]
        return [alert for alert in found if alert["state"] == state and alert["labels"].get("retrain") == "true"]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The project as it is generated, trained. Its Prometheus looks each second and waits three, not thirty minutes."""
    with ExitStack() as stack:
        given: dict[str, Any] = {"drift": "builtin", "monitoring": "prometheus", "triggers": ["drift", "manual"]}
        plain = created(tmp_path_factory.mktemp("drift"), orchestrator="none", approval=False, **given)
        server, prometheus = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        project = Project(plain.folder, plain.variables | {"MY_PROJECT_PROMETHEUS_URL": prometheus})
        project.done("python", "-m", "my_project", "train", "--run", "runs/first")
        table, rows = plain.folder.parent / "new.parquet", plain.folder.parent / "rows.json"
        project.done("python", "-c", TABLE, str(table), str(rows))
        config = quick(plain.folder, server.removeprefix("http://"))
        program = debian_tools("prometheus", "prometheus-alertmanager", programs=("prometheus", "alertmanager"))
        command = [
            str(program / "prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={plain.folder.parent / 'tsdb'}",
            f"--web.listen-address={prometheus.removeprefix('http://')}",
        ]
        stack.enter_context(project.process(*command))
        yield Watched(project, json.loads(rows.read_text()), server, prometheus)


def quick(folder: Path, server: str) -> Path:
    """The project's own configuration and rules of Prometheus, for a server elsewhere and with short times."""
    target = folder.parent / "prometheus"
    target.mkdir()
    source = folder / "monitoring" / "prometheus"
    config = yaml.safe_load((source / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["scrape_configs"][0]["static_configs"] = [{"targets": [server]}]
    del config["alerting"]
    rules, count = re.subn(r"for: 30m", "for: 3s", (source / "rules.yml").read_text())
    assert count == 2
    (target / "rules.yml").write_text(rules)
    (target / "prometheus.yml").write_text(yaml.safe_dump(config))
    return target / "prometheus.yml"


def test_drift_raises_an_alert_and_the_alert_starts_one_run(watched: Watched) -> None:
    project = watched.project
    # The new world has a table, which the run that starts is trained on.
    known = {"MY_PROJECT_DATA_URI": str(project.folder.parent / "new.parquet")}
    retrained = Project(project.folder, project.variables | known)
    with watched.serving() as log:
        assert watched.gauge() is None
        watched.ask(f"{watched.server}/predict", {"rows": watched.rows})
        before = watched.gauge()
        assert before is not None
        assert before > 1
        wait("the alert", lambda: watched.alerts("firing") or None, 60, log)
        with retrained.process("python", "-m", "my_project.alerts", "--every", "1") as watch:
            runs = retrained.folder / "runs"
            done = wait("the run", lambda: [*runs.glob("drift-*/deploy/manifest.json")] or None, 180, watch)
            # The alert continues, since the server still has the old model.
            wait("another look", lambda: watched.alerts("firing") or None, 10, watch)
        assert retrained.done("python", "-m", "my_project.alerts", "--once") == "no alert requests a run"
        assert [*runs.glob("drift-*/deploy/manifest.json")] == done
    versions = retrained.call("python", "-m", "my_project", "models").stdout.splitlines()
    assert [line.split("\t")[1] for line in versions] == ["-", "champion"]
    assert versions[1].split("\t")[3].startswith("drift-")
    with watched.serving() as log:
        watched.ask(f"{watched.server}/predict", {"rows": watched.rows})
        after = watched.gauge()
        assert after is not None
        assert after < 0.2
        wait("the end of the alert", lambda: None if watched.alerts("firing") else True, 60, log)
