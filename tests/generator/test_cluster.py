"""Workloads are deployed to the cluster and have an identity there, on every cloud."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

SIGN_IN = {"aws": "aws eks update-kubeconfig", "azure": "az aks get-credentials", "gcp": "get-gke-credentials"}
"""Cloud → what GitHub's step that signs in to the cluster calls; a runner in a data centre is signed in already."""
DEPLOY = {
    "airflow": "helm upgrade --install airflow",
    "argo": "kubectl apply --filename deploy/argo/pipeline.yaml",
    "dagster": "helm upgrade --install dagster",
    "kubeflow": "adapters.orchestration deploy",
    "prefect": "kubectl apply",
}
"""Engine → command that deploys the pipeline."""
IMAGE = "registry.example.com/team/name:commit"
LABEL = "azure.workload.identity/use"


def called(folder: Path, steps: list[dict[str, Any]]) -> list[str]:
    """What each step calls, those of the project's own actions among them."""
    found: list[str] = []
    for step in steps:
        uses = step.get("uses", "")
        if uses.startswith("$/"):
            action = yaml.safe_load((folder / uses.removeprefix("$/") / "action.yml").read_text())
            found += called(folder, action["runs"]["steps"])
        else:
            found.append(f"{uses} {step.get('run', '')}")
    return found


@pytest.mark.parametrize("cloud", [*SIGN_IN, "onprem"])
@pytest.mark.parametrize("engine", DEPLOY)
def test_github_signs_in_to_the_cluster_before_it_deploys(
    engine: str, cloud: str, project: Callable[..., Path]
) -> None:
    folder = project(orchestrator=engine, cloud=cloud, ci="github")
    workflow = yaml.safe_load((folder / ".github/workflows/ci.yml").read_text())
    steps = called(folder, workflow["jobs"]["deploy"]["steps"])
    assert "make deploy IMAGE=" in steps[-1]
    if cloud in SIGN_IN:
        assert any(SIGN_IN[cloud] in step for step in steps)


@pytest.mark.parametrize("engine", DEPLOY)
def test_images_are_pushed_before_the_pipeline_is_deployed(engine: str, project: Callable[..., Path]) -> None:
    folder = project(orchestrator=engine, cloud="aws", ci="none")
    command = ["make", "--dry-run", "deploy", f"IMAGE={IMAGE}"]
    shown = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    *_, pushed = [found.start() for found in re.finditer("docker push", shown)]
    assert pushed < shown.index(DEPLOY[engine])
    assert set(re.findall(rf"docker push ({IMAGE}\S*)", shown)) == set(re.findall(rf"--tag ({IMAGE}\S*)", shown)) - {
        f"{IMAGE}-orchestrator"  # the image of Airflow is built on it
    }


def test_no_image_is_pushed_without_a_registry(project: Callable[..., Path]) -> None:
    done = subprocess.run(["make", "image-push"], cwd=project(cloud="aws"), check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "set IMAGE=registry/name:commit" in done.stdout.splitlines()
    assert "docker" not in done.stdout


@pytest.mark.parametrize(("there", "pushed"), [(True, []), (False, [f"push {IMAGE}"])])
def test_an_image_that_was_pushed_stays(
    there: bool, pushed: list[str], project: Callable[..., Path], tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    (tmp_path / "aws").write_text("#!/bin/sh\necho password\n")
    (tmp_path / "docker").write_text(
        f'#!/bin/sh\necho "$*" >> {calls}\n[ "$1" != manifest ] || exit {int(not there)}\n'
    )
    for name in ("aws", "docker"):
        (tmp_path / name).chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["make", "image-push", f"IMAGE={IMAGE}"], cwd=project(cloud="aws"), env=environment, check=True)
    assert [call for call in calls.read_text().splitlines() if call.startswith("push")] == pushed


def test_kubeflow_is_not_called_without_the_token_that_was_asked_for(
    project: Callable[..., Path], tmp_path: Path
) -> None:
    for name, code in {"kubectl": 1, "uv": 0}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\necho {name} is called\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    command = ["make", "deploy-pipeline", f"IMAGE={IMAGE}", f"UV={tmp_path / 'uv'}"]
    done = subprocess.run(
        command,
        cwd=project(orchestrator="kubeflow", cloud="aws"),
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "uv is called" not in done.stdout


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_a_job_gets_no_identity_of_another_one(ci: str, project: Callable[..., Path]) -> None:
    folder = project(orchestrator="ci", cloud="aws", ci=ci)
    pages = {"github": ".github/workflows/training.yml", "gitlab": ".gitlab/training.yml"}
    training = (folder / pages[ci]).read_text()
    assert "TRAINING_IDENTITY" in training
    assert not {"DEPLOY_IDENTITY", "IMAGE_REPOSITORY"} & set(re.findall(r"[A-Z_]+", training))


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
