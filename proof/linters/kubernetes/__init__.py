"""Linters of Kubernetes manifests, offline: schemas of core and custom resources, kustomizations, Helm charts."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from proof.linters.base import Lint, Linter
from proof.linters.kfp import PIPELINES
from proof.tools import digest

from . import charts, core, custom, kserve, workflows
from .documents import Document, read

EVERYTHING = ("deploy/**",)
MANIFESTS = tuple(f"deploy/{'*/' * depth}*.yaml" for depth in range(5))
NO_MANIFESTS = ("Chart.yaml", "values*.yaml", "templates/*.yaml", "kustomization.yaml", "patches/*.yaml", *PIPELINES)
"""Parts of a chart or a kustomization, which are judged in what is built of them, and what Kubernetes does not read."""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: model
spec:
  replica: 2
  selector:
    matchLabels:
      app: model
  template:
    metadata:
      labels:
        app: model
    spec:
      containers:
        - name: model
          image: model:1
"""
SCALED_OBJECT = """\
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: model
spec:
  scaleTargetRef:
    name: model
  minReplicas: 0
  triggers: []
"""
INFERENCE_SERVICE = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: model
spec:
  predictor:
    minReplica: 1
"""
DANGLING_WORKFLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata:
  name: train
spec:
  entrypoint: pipeline
  templates:
    - name: pipeline
      dag:
        tasks:
          - name: train
            template: train
            depends: load
    - name: train
      container:
        image: model:1
"""


def _schemas(check: Callable[[Iterable[Document]], list[str]]) -> Lint:
    return lambda units: "\n".join(check(read(units).documents))


def _core(units: Sequence[Path]) -> str:
    manifests = read(units)
    return "\n".join([*manifests.complaints, *core.check(manifests.documents)])


def _version() -> str:
    return digest(*sorted(path for path in Path(__file__).parent.iterdir() if path.is_file()))


LINTERS = (
    Linter(
        "argo-references",
        MANIFESTS,
        _schemas(workflows.check),
        {"deploy/argo/pipeline.yaml": DANGLING_WORKFLOW},
        _version,
        excludes=NO_MANIFESTS,
    ),
    Linter(
        "helm",
        EVERYTHING,
        charts.helm,
        {"deploy/chart/Chart.yaml": "apiVersion: v2\nname: chart\n"},
        _version,
        whole=True,
        expected=False,
    ),
    Linter(
        "kserve",
        MANIFESTS,
        _schemas(kserve.check),
        {"deploy/model.yaml": INFERENCE_SERVICE},
        _version,
        excludes=NO_MANIFESTS,
        expected=False,
    ),
    Linter(
        "kubernetes-crds",
        MANIFESTS,
        _schemas(custom.check),
        {"deploy/scaling.yaml": SCALED_OBJECT},
        _version,
        excludes=NO_MANIFESTS,
    ),
    Linter(
        "kubernetes-schema",
        MANIFESTS,
        _core,
        {"deploy/model.yaml": DEPLOYMENT},
        _version,
        excludes=NO_MANIFESTS,
    ),
    Linter(
        "kustomize",
        EVERYTHING,
        charts.kustomize,
        {"deploy/kustomization.yaml": "resources:\n  - missing.yaml\n"},
        _version,
        whole=True,
    ),
)
