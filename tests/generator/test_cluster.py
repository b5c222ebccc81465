"""Workloads are deployed to the cluster and have an identity there, on every cloud."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

SIGN_IN = {"aws": "aws eks update-kubeconfig", "azure": "az aks get-credentials", "gcp": "get-gke-credentials"}
"""Cloud → what GitHub's step that signs in to the cluster calls; a runner in a data centre is signed in already."""
DEPLOY = {
    "airflow": "make airflow-deploy",
    "argo": "kubectl apply --filename deploy/argo/pipeline.yaml",
    "dagster": "make dagster-deploy",
    "kubeflow": "make pipeline-deploy",
    "prefect": "make worker-deploy",
}
"""Engine → command that deploys the pipeline."""
LABEL = "azure.workload.identity/use"


def jobs(folder: Path) -> list[list[str]]:
    """What each step of each job of CI calls."""
    workflow = yaml.safe_load((folder / ".github/workflows/ci.yml").read_text())
    return [
        [f"{step.get('uses', '')} {step.get('run', '')}" for step in job["steps"]] for job in workflow["jobs"].values()
    ]


@pytest.mark.parametrize("cloud", [*SIGN_IN, "onprem"])
@pytest.mark.parametrize("engine", DEPLOY)
def test_github_signs_in_to_the_cluster_and_deploys_the_pipeline(
    engine: str, cloud: str, project: Callable[..., Path]
) -> None:
    folder = project(orchestrator=engine, cloud=cloud, ci="github")
    [steps] = [steps for steps in jobs(folder) if any(DEPLOY[engine] in step for step in steps)]
    [deploys] = [number for number, step in enumerate(steps) if DEPLOY[engine] in step]
    if cloud in SIGN_IN:
        assert any(SIGN_IN[cloud] in step for step in steps[:deploys])


@pytest.mark.parametrize("cloud", [*SIGN_IN, "onprem"])
def test_pods_of_argo_ask_for_an_identity_of_azure_on_azure_only(cloud: str, project: Callable[..., Path]) -> None:
    folder = project(orchestrator="argo", cloud=cloud)
    template = next(yaml.safe_load_all((folder / "deploy/argo/pipeline.yaml").read_text()))
    labels: dict[str, Any] = template["spec"].get("podMetadata", {}).get("labels", {})
    assert labels == ({LABEL: "true"} if cloud == "azure" else {})
    # The webhook takes the client id from an annotation; a variable of the pod that has the same name does as well.
    assert ("AZURE_CLIENT_ID" in (folder / "deploy/cluster/settings.env").read_text().split()) == (cloud == "azure")


@pytest.mark.parametrize("cloud", [*SIGN_IN, "onprem"])
def test_pods_of_kubeflow_ask_for_an_identity_of_azure_on_azure_only(cloud: str, project: Callable[..., Path]) -> None:
    folder = project(orchestrator="kubeflow", cloud=cloud)
    _, platform = yaml.safe_load_all((folder / "deploy/kubeflow/pipeline.yaml").read_text())
    for executor in platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"].values():
        labels: dict[str, Any] = executor.get("podMetadata", {}).get("labels", {})
        assert labels == ({LABEL: "true"} if cloud == "azure" else {})


@pytest.mark.parametrize("cloud", [*SIGN_IN, "onprem"])
def test_pods_of_prefect_ask_for_an_identity_of_azure_on_azure_only(cloud: str, project: Callable[..., Path]) -> None:
    folder = project(orchestrator="prefect", cloud=cloud)
    [module] = folder.glob("src/*/adapters/work_pool.py")
    assert (f'{{"{LABEL}": "true"}}' in module.read_text()) == (cloud == "azure")


@pytest.mark.parametrize("cloud", [*SIGN_IN, "onprem"])
def test_pods_of_airflow_ask_for_an_identity_of_azure_on_azure_only(cloud: str, project: Callable[..., Path]) -> None:
    values = yaml.safe_load((project(orchestrator="airflow", cloud=cloud) / "deploy/airflow/values.yaml").read_text())
    for part in ("triggerer", "workers"):
        assert values[part]["serviceAccount"]["name"] == "pipeline"
        assert values[part].get("labels", {}) == ({LABEL: "true"} if cloud == "azure" else {})


@pytest.mark.parametrize("cloud", [*SIGN_IN, "onprem"])
def test_pods_of_dagster_ask_for_an_identity_of_azure_on_azure_only(cloud: str, project: Callable[..., Path]) -> None:
    values = yaml.safe_load((project(orchestrator="dagster", cloud=cloud) / "deploy/dagster/values.yaml").read_text())
    given = values["runLauncher"]["config"]["k8sRunLauncher"]["runK8sConfig"]
    [code] = values["dagster-user-deployments"]["deployments"]
    for part in (code, given.get("podTemplateSpecMetadata", {})):
        assert part.get("labels", {}) == ({LABEL: "true"} if cloud == "azure" else {})


@pytest.mark.parametrize("engine", ["airflow", "dagster", "prefect"])
def test_an_engine_on_a_laptop_knows_of_no_cluster(engine: str, project: Callable[..., Path]) -> None:
    folder = project(orchestrator=engine, cloud="local", ci="github")
    assert not (folder / "deploy").exists()
    assert "kubectl" not in (folder / "Makefile").read_text()
