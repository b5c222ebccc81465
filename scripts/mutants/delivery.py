"""Defects of what builds, delivers and watches a generated project."""

from .base import Mutant, Replace, core, overlay

INFRA = "iac/iac_terraform/cloud_aws"
PROMETHEUS = "monitoring/monitoring_prometheus"
REST = "serving/serving_rest"
SIGNALS = "tests/generator/test_signals.py"
CHECKOUT = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2"

MUTANTS = (
    Mutant(
        "codeowners-name",
        "owner of code who is a name and not an address",
        Replace("template/_includes/review/CODEOWNERS.jinja", "* {{ author_email }}", "* {{ author_name }}"),
        "proof:codeowners",
    ),
    Mutant(
        "terraform-attribute",
        "wrong attribute in Terraform",
        Replace(
            overlay(INFRA, "infra/main.tf"), "  enable_key_rotation     = true", "  enable_rotation_of_keys = true"
        ),
        "proof:terraform-validate",
    ),
    Mutant(
        "terraform-variable",
        "reference to a variable that Terraform does not have",
        Replace(overlay(INFRA, "infra/main.tf"), "environment = var.environment", "environment = var.enviroment"),
        "proof:terraform-validate",
    ),
    Mutant(
        "terraform-zero",
        "Terraform that is wrong for one number only",
        Replace(
            overlay(INFRA, "infra/variables.tf.jinja"),
            "default     = {{ monthly_budget }}",
            'default     = {{ monthly_budget or "" }}',
        ),
        "proof:terraform-validate",
    ),
    Mutant(
        "terraform-assertion",
        "encryption with the project's own key removed, which a Terraform test asserts",
        Replace(overlay(INFRA, "infra/storage.tf"), 'sse_algorithm     = "aws:kms"', 'sse_algorithm     = "AES256"'),
        "proof:terraform-test",
    ),
    Mutant(
        "terraform-trust",
        "role that any branch of a repository can take",
        Replace(
            overlay("ci/ci_github/iac_terraform/identity_federated", "infra/ci_provider.tf"),
            "repo:${var.github_repository}:environment:${var.environment}",
            "repo:${var.github_repository}:ref:refs/heads/main",
        ),
        "proof:terraform-test",
    ),
    Mutant(
        "terraform-trust-google",
        "identities of any repository that are let into Google Cloud",
        Replace(
            overlay("iac/iac_terraform/cloud_gcp/identity_federated", "infra/ci.tf"),
            "attribute_condition                = local.ci.condition",
            'attribute_condition                = "assertion.repository != \\"\\""',
        ),
        "proof:terraform-test",
    ),
    Mutant(
        "terraform-long-name",
        "names of service accounts that are too long for Google Cloud, but only in projects with long names",
        Replace(
            overlay("iac/iac_terraform/cloud_gcp", "infra/main.tf"),
            "substr(var.project, 0, 15)",
            "substr(var.project, 0, 25)",
        ),
        "proof:terraform-test",
    ),
    Mutant(
        "terraform-pod-identity",
        "role that every pod of a cluster's namespace can take",
        Replace(
            overlay("iac/iac_terraform/cloud_aws/cluster_kubernetes", "infra/cluster.tf.jinja"),
            '        kubernetes-service-account = "pipeline"\n',
            "",
        ),
        "proof:terraform-test",
    ),
    Mutant(
        "terraform-serving-writes",
        "account that serves models and may write them, on premises",
        Replace(
            overlay("iac/iac_terraform/cloud_onprem", "infra/storage.tf"),
            'serving  = ["s3:GetObject"]',
            'serving  = ["s3:GetObject", "s3:PutObject"]',
        ),
        "proof:terraform-test",
    ),
    Mutant(
        "network-policy-field",
        "network policy with a field that Kubernetes does not know",
        Replace(
            overlay("cluster/cluster_kubernetes", "deploy/cluster/network_policy.yaml.jinja"),
            "policyTypes: [Egress]",
            "policyType: [Egress]",
        ),
        "proof:kubernetes-schema",
    ),
    Mutant(
        "kustomization-lost",
        "kustomization that names a file which does not exist",
        Replace(
            overlay("cluster/cluster_kubernetes", "deploy/cluster/kustomization.yaml.jinja"),
            "  - rbac.yaml",
            "  - rback.yaml",
        ),
        "proof:kustomize",
    ),
    Mutant(
        "cluster-rights",
        "steps that may do anything with a kind of resource in the cluster",
        Replace(
            overlay("orchestrator/orchestrator_argo", "_slots.jinja"),
            "verbs: [create, patch]",
            'verbs: ["*"]',
        ),
        "proof:checkov-kubernetes",
    ),
    Mutant(
        "definition-stale",
        "step with more memory than the definitions that projects ship give it",
        Replace(core("src/{{package}}/pipeline.py.jinja"), "memory=4.0", "memory=6.0"),
        "lint:-m scripts.definitions --check",
    ),
    Mutant(
        "workflow-field",
        "schedule with a field that Argo does not know",
        Replace(
            overlay("orchestrator/orchestrator_argo", "deploy/argo/pipeline.yaml.jinja"),
            "concurrencyPolicy: Forbid",
            "overlap: Forbid",
        ),
        "proof:kubernetes-crds",
    ),
    Mutant(
        "workflow-depends",
        "task of a workflow that waits for one which does not exist",
        Replace(
            overlay("orchestrator/orchestrator_argo", "deploy/argo/pipeline.yaml.jinja"),
            "depends: preprocess",
            "depends: proprocess",
        ),
        "proof:argo-references",
    ),
    Mutant(
        "states-lost",
        "state machine that starts at a state it does not have",
        Replace(
            overlay("orchestrator/orchestrator_stepfunctions", "infra/state_machine.asl.json.jinja"),
            '"StartAt": "Run ingest"',
            '"StartAt": "Run ingets"',
        ),
        "proof:states-language",
    ),
    Mutant(
        "pipeline-step-lost",
        "pipeline whose step waits for one that it does not have",
        Replace(
            overlay("orchestrator/orchestrator_sagemaker", "infra/pipeline.sagemaker.json.jinja"),
            '"DependsOn": [\n        "ingest"',
            '"DependsOn": [\n        "ingets"',
        ),
        "proof:sagemaker-pipeline",
    ),
    Mutant(
        "pipeline-input-lost",
        "pipeline of Azure ML whose job uses an input that it does not have",
        Replace(
            overlay("orchestrator/orchestrator_azureml", "infra/pipeline.azureml.yml.jinja"),
            "--parameters '${{ '{{' }}inputs.parameters}}'",
            "--parameters '${{ '{{' }}inputs.paramters}}'",
        ),
        "proof:azureml-references",
    ),
    Mutant(
        "pipeline-setting-misspelt",
        "pipeline of Azure ML with the limit of a job under a name that the SDK does not know",
        Replace(
            overlay("orchestrator/orchestrator_azureml", "infra/pipeline.azureml.yml.jinja"),
            "    limits:\n      timeout: 3600\n",
            "    limits:\n      timeout: an hour\n",
        ),
        "proof:azureml-sdk",
    ),
    Mutant(
        "pipeline-lost",
        "compiled pipeline with a task that waits for a task it does not have",
        Replace(
            overlay("orchestrator/orchestrator_kubeflow", "deploy/kubeflow/pipeline.yaml.jinja"),
            "          dependentTasks:\n          - evaluate\n",
            "          dependentTasks:\n          - evalutae\n",
        ),
        "proof:pipeline-spec",
    ),
    Mutant(
        "terraform-format",
        "badly formatted Terraform",
        Replace(overlay(INFRA, "infra/registry.tf"), "    scan_on_push = true", "    scan_on_push   =   true"),
        "proof:terraform-fmt",
    ),
    Mutant(
        "terraform-unsafe",
        "resource that a policy calls unsafe",
        Replace(overlay(INFRA, "infra/registry.tf"), "scan_on_push = true", "scan_on_push = false"),
        "proof:checkov-terraform",
    ),
    Mutant(
        "terraform-open-bucket",
        "bucket that could be made public",
        Replace(
            overlay(INFRA, "infra/storage.tf"),
            'resource "aws_s3_bucket_public_access_block" "logs" {\n'
            "  bucket                  = aws_s3_bucket.logs.id\n"
            "  block_public_acls       = true\n"
            "  block_public_policy     = true\n"
            "  ignore_public_acls      = true\n"
            "  restrict_public_buckets = true\n"
            "}\n\n",
            "",
        ),
        "proof:checkov-terraform",
    ),
    Mutant(
        "action-unpinned",
        "action without the hash of its commit",
        Replace(overlay("ci/ci_github/iac_terraform", "_slots.jinja"), CHECKOUT, "actions/checkout@v6"),
        "proof:zizmor",
    ),
    Mutant(
        "permissions",
        "workflow with more permissions than it needs",
        Replace(
            overlay("ci/ci_github", ".github/workflows/ci.yml.jinja"),
            "permissions:\n  contents: read\n",
            "permissions: write-all\n",
        ),
        "proof:zizmor",
    ),
    Mutant(
        "workflow-injection",
        "text of a stranger that reaches a shell as code",
        Replace(
            overlay("ci/ci_github", ".github/workflows/ci.yml.jinja"),
            "      - run: make image\n",
            "      - run: make image IMAGE={% raw %}${{ github.head_ref }}{% endraw %}\n",
        ),
        "proof:zizmor",
    ),
    Mutant(
        "python-ci",
        "CI with another Python than the image",
        Replace(
            overlay("ci/ci_github", ".github/workflows/ci.yml.jinja"),
            'UV_PYTHON: "{{ python }}"',
            'UV_PYTHON: "3.12"',
        ),
        "tests/render/test_python.py::test_images_and_ci_have_the_chosen_python",
    ),
    Mutant(
        "workflow-unsafe",
        "protection of workflows that is switched off",
        Replace(
            overlay("ci/ci_github", ".github/workflows/ci.yml.jinja"),
            "  lint:\n    runs-on: ubuntu-24.04\n",
            "  lint:\n    runs-on: ubuntu-24.04\n    env:\n      ACTIONS_ALLOW_UNSECURE_COMMANDS: true\n",
        ),
        "proof:checkov-github",
    ),
    Mutant(
        "needs-missing",
        "job that needs a job which does not exist",
        Replace(overlay("ci/ci_github/iac_terraform", "_slots.jinja"), "\n, infrastructure\n", "\n, infra\n"),
        "proof:actionlint",
    ),
    Mutant(
        "workflow-key",
        "key of a workflow misspelt",
        Replace(overlay("ci/ci_github", ".github/workflows/ci.yml.jinja"), "timeout-minutes: 60", "timeout: 60"),
        "proof:github-schema",
    ),
    Mutant(
        "action-key",
        "key of an action misspelt",
        Replace(
            overlay("ci/ci_github/cloud_aws", ".github/actions/sign-in/action.yml.jinja"),
            "using: composite",
            "uses: composite",
        ),
        "proof:github-action-schema",
    ),
    Mutant(
        "pipeline-key",
        "key of a pipeline on GitLab misspelt",
        Replace(
            overlay("ci/ci_gitlab", ".gitlab-ci.yml.jinja"), "    reports:\n      junit:", "    report:\n      junit:"
        ),
        "proof:gitlab-schema",
    ),
    Mutant(
        "pipeline-needs-missing",
        "job of a pipeline on GitLab that waits for a job which does not exist",
        Replace(
            overlay("ci/ci_gitlab/orchestrator_ci", ".gitlab/training.yml.jinja"),
            '("ingest", ["start"], 10)',
            '("ingest", ["begin"], 10)',
        ),
        "proof:gitlab-pipeline",
    ),
    Mutant(
        "pipeline-extends-missing",
        "job of a pipeline on GitLab that extends one which another file has under another name",
        Replace(overlay("ci/ci_gitlab/cloud_aws", ".gitlab/sign-in.yml.jinja"), ".sign-in:", ".login:"),
        "proof:gitlab-pipeline",
    ),
    Mutant(
        "renovate-setting",
        "setting of Renovate that is no duration",
        Replace(overlay("ci/ci_gitlab", "renovate.json"), '"minimumReleaseAge": "7 days"', '"minimumReleaseAge": 7'),
        "proof:renovate",
    ),
    Mutant(
        "terraform-trust-gitlab",
        "identities of any project on GitLab that are let into the cloud",
        Replace(
            overlay("ci/ci_gitlab/iac_terraform/identity_federated", "infra/ci_provider.tf"),
            'condition = "assertion.project_path == \\"${var.gitlab_project}\\""',
            'condition = "assertion.project_path != \\"\\""',
        ),
        "proof:terraform-test",
    ),
    Mutant(
        "image-root",
        "image that runs as root",
        Replace(core("Dockerfile.jinja"), "USER 10001\n", ""),
        "proof:checkov-docker",
    ),
    Mutant(
        "image-health",
        "image without a health check",
        Replace(
            overlay("serving/serving_rest", "_slots.jinja"),
            "HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \\\n"
            '    CMD ["python", "-c", "import urllib.request; '
            "urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)\"]\n",
            "",
        ),
        "proof:checkov-docker",
    ),
    Mutant(
        "image-tag",
        "base image without a version",
        Replace(
            core("Dockerfile.jinja"),
            "FROM python:{{ python_release }}-slim-trixie@{{ python_digest }}",
            "FROM python:latest",
        ),
        "proof:hadolint",
    ),
    Mutant(
        "dependabot-ecosystem",
        "ecosystem that dependabot does not know",
        Replace(
            overlay("ci/ci_github/iac_terraform", "_slots.jinja"),
            "package-ecosystem: terraform",
            "package-ecosystem: terrafrom",
        ),
        "proof:dependabot",
    ),
    Mutant(
        "compose-key",
        "key of a compose file misspelt",
        Replace(overlay(REST, "_slots.jinja"), "working_dir:", "workdir:"),
        "proof:compose",
    ),
    Mutant(
        "promql",
        "expression of a dashboard that Prometheus cannot parse",
        Replace(
            overlay(PROMETHEUS, "_includes/promql.jinja"),
            "sum by ({{ measured.by }}) (rate(",
            "sum by ({{ measured.by }} (rate(",
        ),
        "proof:promql",
    ),
    Mutant(
        "alert-silent",
        "alert that does not fire any more",
        Replace(
            overlay(PROMETHEUS, "monitoring/prometheus/rules.yml.jinja"),
            'up{job="{{ alert.when.of }}',
            'up{job="server',
        ),
        "proof:prometheus",
    ),
    Mutant(
        "drift-silent",
        "alert that compares with a metric that does not exist",
        Replace(
            overlay("drift/drift_builtin", "_slots.jinja"),
            "when: {measure: value, of: model_prediction_drift}",
            "when: {measure: value, of: model_predictions_drift}",
        ),
        f"{SIGNALS}::test_what_is_measured_has_the_documented_form_and_uses_all_of_it",
    ),
    Mutant(
        "alert-late",
        "threshold of an alert that is wrong for one answer only",
        Replace(overlay(REST, "_slots.jinja"), '"realtime": 0.1,', '"realtime": 1,'),
        f"{SIGNALS}::test_thresholds_are_those_of_the_answers",
    ),
    Mutant(
        "alert-inverted",
        "measure that is another calculation than its name says",
        Replace(overlay(PROMETHEUS, "_includes/promql.jinja"), "time() - max({{ of }})", "max({{ of }})"),
        "proof:prometheus",
    ),
    Mutant(
        "alert-unexplained",
        "alert that the runbook does not explain",
        Replace(overlay("serving/serving_batch", "_slots.jinja"), "### ScoringMissed\n", "### NotScored\n"),
        f"{SIGNALS}::test_every_alert_has_a_section_in_the_runbook",
    ),
    Mutant(
        "metric-undeclared",
        "metric that the code exports under another name than the signals say",
        Replace(
            overlay("serving/serving_batch", "src/{{package}}/serving/metrics.py"),
            '"model_batch_rows"',
            '"model_batch_rows_predicted"',
        ),
        f"{SIGNALS}::test_the_code_exports_what_is_declared_and_nothing_else",
    ),
    Mutant(
        "alert-receiver",
        "alerts that go to a receiver which does not exist",
        Replace(
            overlay(PROMETHEUS, "monitoring/alertmanager/alertmanager.yml"),
            "  - name: chat\n",
            "  - name: team\n",
        ),
        "proof:alertmanager",
    ),
)
