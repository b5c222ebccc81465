"""Defects of a generated project's own code, configuration and pages."""

from .base import Create, Mutant, Replace, core, overlay

KEY = "AKIA" + "Q3Z7M5XWN2RLPJ4T"
"""Looks like a key of AWS; in two parts, so that scanners do not find it here."""
PROJECT = "local-none-mlflow-rest-classification-sklearn-local-none-none-none-manual"
RUN = f"tests/run/test_projects.py::test_a_project_works_as_its_readme_says[{PROJECT}]"

MUTANTS = (
    Mutant(
        "python-unused-import",
        "unused import in an overlay's Python",
        Replace(
            overlay("tracker/tracker_wandb", "src/{{package}}/adapters/file_registry.py"),
            "import json\nimport posixpath\n",
            "import json\nimport os\nimport posixpath\n",
        ),
        "proof:ruff",
    ),
    Mutant(
        "python-type",
        "type error in an overlay's Python",
        Replace(
            overlay("serving/serving_batch", "src/{{package}}/serving/metrics.py"),
            "self._rows.inc(len(rows))",
            "self._rows.inc(str(len(rows)))",
        ),
        "proof:mypy",
    ),
    Mutant(
        "python-port",
        "adapter that no longer fits its port",
        Replace(
            overlay("tracker/tracker_wandb", "src/{{package}}/adapters/file_registry.py"),
            "def by_alias(self, alias: str)",
            "def of_alias(self, alias: str)",
        ),
        "proof:mypy",
    ),
    Mutant(
        "python-format",
        "badly formatted Python in an overlay",
        Replace(
            overlay("orchestrator/orchestrator_airflow", "src/{{package}}/adapters/orchestration.py.jinja"),
            "retry_delay=timedelta(seconds=10),",
            "retry_delay = timedelta( seconds=10 ),",
        ),
        "proof:ruff-format",
    ),
    Mutant(
        "python-too-new",
        "syntax that the oldest supported Python cannot read",
        Replace(
            overlay("serving/serving_rest", "src/{{package}}/serving/app.py.jinja"),
            "Row = dict[str, bool | int | float | str | None]",
            "type Row = dict[str, bool | int | float | str | None]",
        ),
        "proof:ruff",
    ),
    Mutant(
        "python-one-problem",
        "Python that is wrong for one choice of another question",
        Replace(
            overlay("serving/serving_rest", "src/{{package}}/serving/metrics.py.jinja"),
            '{% if problem == "regression" %}, Summary{% endif %}',
            "",
        ),
        "proof:mypy",
    ),
    Mutant(
        "python-three-answers",
        "defect that only one combination of three answers shows",
        Replace(
            overlay("orchestrator/orchestrator_prefect", "src/{{package}}/adapters/orchestration.py.jinja"),
            "from typing import Any\n",
            "{% if use.tracker_wandb and use.serving_batch %}import os\n{% endif %}from typing import Any\n",
        ),
        "proof:ruff",
    ),
    Mutant(
        "python-long-name",
        "line that is too long for long names only",
        Replace(
            core("src/{{package}}/settings.py.jinja"),
            '"""All settings of the project."""',
            '"""All settings of the project {{ project_name }}; variables {{ package | upper }}_… win over a file."""',
        ),
        "proof:ruff",
    ),
    Mutant(
        "toml-one-answer",
        "invalid TOML under one answer",
        Replace(core("config.toml.jinja"), '{{ "true" if approval else "false" }}', '{{ approval or "false" }}'),
        "proof:toml",
    ),
    Mutant(
        "toml-unquoted",
        "free text written without a filter that quotes",
        Replace(
            core("pyproject.toml.jinja"),
            "description = {{ description | to_json(ensure_ascii=False) }}",
            'description = "{{ description }}"',
        ),
        "proof:toml",
    ),
    Mutant(
        "json-comma",
        "comma after the last item in JSON",
        Replace(
            overlay("monitoring/monitoring_prometheus", "monitoring/grafana/dashboards/model.json.jinja"),
            '  "tags": [\n    "mlops"\n  ],',
            '  "tags": [\n    "mlops",\n  ],',
        ),
        "proof:json",
    ),
    Mutant(
        "yaml-indent-pair",
        "broken indentation of YAML that one pair of answers shows",
        Replace(
            overlay("monitoring/monitoring_prometheus", "compose.yaml.jinja"),
            "    image: prom/node-exporter",
            "   image: prom/node-exporter",
        ),
        "proof:yamllint",
    ),
    Mutant(
        "yaml-key-twice",
        "key that stands twice in YAML",
        Replace(overlay("ci/ci_github", ".github/dependabot.yml.jinja"), "version: 2\n", "version: 2\nversion: 2\n"),
        "proof:yamllint",
    ),
    Mutant(
        "markdown-braces",
        "braces that were not rendered, in Markdown",
        Replace(
            overlay("serving/serving_batch", "_slots.jinja"),
            "## Serve\n",
            "## Serve\n\nThis is {% raw %}{{ project_name }}{% endraw %}.\n",
        ),
        "proof:leftovers",
    ),
    Mutant(
        "markdown-dead-link",
        "dead link in a README slot",
        Replace(
            overlay("tracker/tracker_wandb", "_slots.jinja"),
            "Runs are logged to",
            "See [tracking](docs/tracking.md). Runs are logged to",
        ),
        "proof:links",
    ),
    Mutant(
        "markdown-dead-anchor",
        "link to a heading that another answer leaves out",
        Replace(
            overlay("serving/serving_rest", "_slots.jinja"),
            "The server does not answer.\nIf its",
            "The server does not answer; see [approving](#approve-a-model).\nIf its",
        ),
        "proof:links",
    ),
    Mutant(
        "markdown-heading",
        "heading of the wrong level",
        Replace(
            overlay("orchestrator/orchestrator_prefect", "_slots.jinja"),
            "## Prefect on this machine",
            "#### Prefect on this machine",
        ),
        "proof:markdown",
    ),
    Mutant(
        "make-target",
        "README that names a make target which does not exist",
        Replace(overlay("tracker/tracker_mlflow", "_slots.jinja"), "`make tracking`", "`make trackng`"),
        "proof:make",
    ),
    Mutant(
        "make-spaces",
        "Makefile with spaces where make wants a tab",
        Replace(overlay("monitoring/monitoring_prometheus", "_slots.jinja"), "\tamtool", "    amtool"),
        "proof:make",
    ),
    Mutant(
        "line-end",
        "slot that does not end its last line",
        Replace(overlay("tracker/tracker_wandb", "_slots.jinja"), "tracking/\n", "tracking/  \n"),
        "proof:tidy",
    ),
    Mutant(
        "secret",
        "secret in a file of the template",
        Replace(
            overlay("cloud/cloud_aws", "_slots.jinja"),
            "# On AWS:",
            f"# AWS_ACCESS_KEY_ID={KEY}\n# On AWS:",
        ),
        "proof:gitleaks",
    ),
    Mutant(
        "kind-unknown",
        "kind of file that no linter looks at",
        Create(overlay("serving/serving_batch", "example.csv"), "a,b\n1,2\n"),
        "proof:coverage",
    ),
    Mutant(
        "step-broken",
        "step that computes something else than its tests expect",
        Replace(
            core("src/{{package}}/gate.py"),
            "not value >= gate.threshold:",
            "not value <= gate.threshold:",
        ),
        RUN,
    ),
    Mutant(
        "approval-inverted",
        "answer that is turned around on its way into a setting",
        Replace(core("config.toml.jinja"), '"true" if approval else "false"', '"false" if approval else "true"'),
        RUN,
    ),
)
