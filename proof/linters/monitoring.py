"""Linters of what Prometheus, Alertmanager and Grafana read."""

import functools
import json
import subprocess
from pathlib import Path

from proof.tools import debian_tools, digest

from .base import Linter, command, each
from .pypi import program
from .pypi import version as pypi_version

PACKAGES = ("prometheus", "prometheus-alertmanager")
PROMQL = """
import json, sys, promql_parser
for expression in json.load(sys.stdin):
    promql_parser.parse(expression.replace("$__rate_interval", "5m"))
"""
"""Grafana fills in its variables before Prometheus sees the query."""


def _tool(name: str) -> Path:
    return debian_tools(*PACKAGES, programs=("promtool", "amtool")) / name


@functools.cache
def _version() -> str:
    printed = [
        subprocess.run([_tool(name), "--version"], capture_output=True, text=True, check=True).stdout
        for name in ("promtool", "amtool")
    ]
    return digest(Path(__file__)) + "".join(printed)


def _prometheus(folder: Path) -> str:
    prometheus = folder / "monitoring" / "prometheus"
    findings = [command(_tool("promtool"), "check", "config", "prometheus.yml", cwd=prometheus)]
    findings += [
        command(_tool("promtool"), "test", "rules", test.name, cwd=prometheus)
        for test in sorted(prometheus.glob("*_test.yml"))
    ]
    return "\n".join(f"{folder}: {finding}" for finding in findings if finding)


def _promql(file: Path) -> str:
    dashboard = json.loads(file.read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    done = subprocess.run(
        [program("python"), "-c", PROMQL], input=json.dumps(expressions), capture_output=True, text=True
    )
    return f"{file}: {done.stderr.strip().splitlines()[-1]}" if done.returncode else ""


RULES = "groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: sum(\n"

LINTERS = (
    Linter(
        "alertmanager",
        ("alertmanager.yml",),
        each(lambda file: command(_tool("amtool"), "check-config", file)),
        {"alertmanager.yml": "route:\n  receiver: missing\n"},
        _version,
    ),
    Linter(
        "prometheus",
        ("monitoring/prometheus/*",),
        each(_prometheus),
        {
            "monitoring/prometheus/prometheus.yml": "rule_files: [rules.yml]\n",
            "monitoring/prometheus/rules.yml": RULES,
        },
        _version,
        whole=True,
    ),
    Linter(
        "promql",
        ("dashboards/*.json",),
        each(_promql),
        {"dashboards/model.json": '{"panels": [{"targets": [{"expr": "sum(rate(x[5m]"}]}]}\n'},
        lambda: pypi_version(Path(__file__)),
    ),
)
