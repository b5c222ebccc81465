"""Which combinations are valid, restated apart from questions/rules.yml and in another form."""

from collections.abc import Mapping

from mlops_new.catalog import Value

PUBLIC = {"aws", "azure", "gcp"}
SITES = PUBLIC | {"onprem"}
HOME_OF = {
    ("orchestrator", "sagemaker"): {"aws"},
    ("orchestrator", "stepfunctions"): {"aws"},
    ("orchestrator", "azureml"): {"azure"},
    ("orchestrator", "vertex"): {"gcp"},
    ("orchestrator", "kubeflow"): SITES,
    ("orchestrator", "argo"): SITES,
    ("orchestrator", "ci"): SITES,
    ("tracker", "sagemaker"): {"aws"},
    ("tracker", "azureml"): {"azure"},
    ("tracker", "vertex"): {"gcp"},
    ("platform", "kubernetes"): SITES,
    ("platform", "kserve"): SITES,
    ("platform", "seldon"): SITES,
    ("platform", "managed"): PUBLIC,
    ("platform", "serverless"): PUBLIC,
    ("iac", "terraform"): SITES,
    ("iac", "pulumi"): SITES,
    ("iac", "cdk"): {"aws"},
    ("iac", "bicep"): {"azure"},
    ("ci", "cloudbuild"): {"gcp"},
    ("feature_store", "sagemaker"): {"aws"},
    ("feature_store", "databricks"): PUBLIC,
    ("monitoring", "cloud"): PUBLIC,
    ("secrets", "cloud"): PUBLIC,
    ("compliance", "hipaa"): SITES,
    ("spot", True): PUBLIC,
    ("multi_region", True): PUBLIC,
}
"""Clouds on which a choice exists; a choice that is not listed exists everywhere."""
CHOOSY = {axis for axis, _ in HOME_OF}
"""Axes with choices that do not exist everywhere."""


def valid(answers: Mapping[str, Value]) -> bool:
    """Whether these answers go together; questions that are missing restrict nothing."""
    return (
        _orchestrator(answers)
        and not (answers.get("tuning") == "ray" and answers.get("compute") in {"local", "spark", "dask"})
        and _triggers(answers)
        and _serving(answers)
        and _at_home(answers)
        and not ("soc2" in _several(answers, "compliance") and answers.get("approval") is False)
    )


def _several(answers: Mapping[str, Value], axis: str) -> set[Value]:
    value = answers.get(axis, [])
    return set(value) if isinstance(value, list) else {value}


def _at_home(answers: Mapping[str, Value]) -> bool:
    if "cloud" not in answers:
        return True
    return all(
        answers["cloud"] in HOME_OF.get((axis, choice), {answers["cloud"]})
        for axis in CHOOSY & answers.keys()
        for choice in _several(answers, axis)
        if isinstance(choice, str | bool)
    )


def _orchestrator(answers: Mapping[str, Value]) -> bool:
    if answers.get("framework") == "pytorch" and answers.get("orchestrator") in {"ci", "stepfunctions"}:
        return False
    if answers.get("orchestrator") != "ci":
        return True
    return answers.get("ci") != "none" and answers.get("retraining") != "hourly"


def _serving(answers: Mapping[str, Value]) -> bool:
    platform = answers.get("platform")
    split = answers.get("rollout", "rolling") != "rolling"
    if split and (answers.get("serving") in {"batch", "streaming", "embedded"} or platform == "container"):
        return False
    if answers.get("gitops", "none") != "none" and platform in {"container", "managed", "serverless"}:
        return False
    return not (answers.get("scale_to_zero") is True and platform in {"container", "seldon", "managed"})


def _triggers(answers: Mapping[str, Value]) -> bool:
    triggers = _several(answers, "triggers")
    orchestrator = answers.get("orchestrator")
    return not (
        ("schedule" in triggers and (orchestrator == "none" or answers.get("retraining") == "on_demand"))
        or ("data" in triggers and orchestrator in {"none", "ci"})
        or ("drift" in triggers and "none" in {answers.get("drift"), answers.get("monitoring")})
        or ("sla" in triggers and answers.get("monitoring") == "none")
    )
