"""Checks definitions of SageMaker pipelines: in the environment of requirements.txt, `check.py FILE…`.

Prints what is wrong and exits with 1 when there is something.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import botocore.session
from botocore.model import ServiceModel, Shape
from botocore.validate import ParamValidator

Json = Any

PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
DEPLOYED = {"role_arn": "arn:aws:iam::123456789012:role/pipeline", "image": "image:tag"}
"""What stands for a placeholder whose name would not do."""
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
TOP = {"Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig", "Steps"}
TYPES = {"String": str, "Integer": int, "Float": float, "Boolean": bool}
STEP = {"Name", "Type", "DisplayName", "Description", "DependsOn", "Arguments"}
JOB = STEP | {"RetryPolicies", "CacheConfig", "PropertyFiles"}
COMPARISONS = {"Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"}
ERRORS = {
    "Step.SERVICE_FAULT",
    "Step.THROTTLING",
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
}
VARIABLES = {
    "StartDateTime",
    "CurrentDateTime",
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "ProcessingJobName",
}


def main(files: Sequence[str]) -> int:
    """Check all files; returns the exit code."""
    code = 0
    model = botocore.session.Session().get_service_model("sagemaker")
    for file in files:
        text = PLACEHOLDER.sub(_deployed, Path(file).read_text(encoding="utf-8"))
        try:
            findings = list(Pipeline(json.loads(text), model).findings())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            findings = [f"{type(error).__name__}: {error}"]
        for finding in findings:
            print(f"{file}: {finding}")
            code = 1
    return code


def _deployed(placeholder: re.Match[str]) -> str:
    name = placeholder[1]
    return DEPLOYED.get(name, name.replace("_", "-"))


class Pipeline:
    """One definition."""

    def __init__(self, definition: Mapping[str, Json], model: ServiceModel) -> None:
        """Read the definition."""
        self._definition = definition
        self._model = model
        self._steps = list(_steps(definition["Steps"]))
        self._names = [step["Name"] for step in self._steps]
        self._parameters = [parameter["Name"] for parameter in definition["Parameters"]]
        self._property_files = {
            f"Steps.{step['Name']}.PropertyFiles.{file['PropertyFileName']}"
            for step in self._steps
            for file in step.get("PropertyFiles", ())
        }

    def findings(self) -> Iterator[str]:
        """Yield all that is wrong."""
        yield from _unknown("the definition", self._definition, TOP)
        if self._definition["Version"] != "2020-12-01":
            yield f"version {self._definition['Version']}"
        for kind, names in (("parameter", self._parameters), ("step", self._names)):
            yield from (f"{kind} {name!r} twice" for name, times in Counter(names).items() if times > 1)
            yield from (f"{kind} {name!r}: not a name" for name in names if not NAME.fullmatch(name))
        for parameter in self._definition["Parameters"]:
            yield from self._parameter(parameter)
        for step in self._steps:
            yield from (f"step {step['Name']!r}: {finding}" for finding in self._step(step))
        yield from self._circles()

    def _parameter(self, parameter: Mapping[str, Json]) -> Iterator[str]:
        name = parameter["Name"]
        yield from _unknown(f"parameter {name!r}", parameter, {"Name", "Type", "DefaultValue", "EnumValues"})
        wanted = TYPES.get(parameter["Type"])
        if wanted is None:
            yield f"parameter {name!r} has type {parameter['Type']}"
        elif "DefaultValue" in parameter and type(parameter["DefaultValue"]) is not wanted:
            yield f"parameter {name!r} has a default of another type"

    def _step(self, step: Mapping[str, Json]) -> Iterator[str]:
        strangers = set(step.get("DependsOn", ())) - set(self._names)
        yield from (f"depends on {name!r}, which is no step" for name in sorted(strangers))
        if step["Type"] == "Processing":
            yield from _unknown("it", step, JOB)
            yield from self._values(step["Arguments"], within_condition=False)
            yield from self._request("CreateProcessingJob", step["Arguments"], {"ProcessingJobName": "a"})
            for policy in step.get("RetryPolicies", ()):
                yield from _policy(policy)
        elif step["Type"] == "Condition":
            yield from _unknown("it", step, STEP)
            arguments = step["Arguments"]
            yield from _unknown("it", arguments, {"Conditions", "IfSteps", "ElseSteps"})
            yield from () if arguments["Conditions"] else ["no condition"]
            for condition in arguments["Conditions"]:
                yield from _unknown("a condition", condition, {"Type", "LeftValue", "RightValue"})
                yield from () if condition["Type"] in COMPARISONS else [f"unknown comparison {condition['Type']}"]
                for side in ("LeftValue", "RightValue"):
                    yield from self._values(condition[side], within_condition=True)
        else:
            yield f"type {step['Type']}, of which this check knows nothing"

    def _values(self, value: Json, *, within_condition: bool) -> Iterator[str]:
        """Yield what is wrong with the functions in a value."""
        if isinstance(value, list):
            for item in value:
                yield from self._values(item, within_condition=within_condition)
        if not isinstance(value, dict):
            return
        function = _function(value)
        if function is None:
            for item in value.values():
                yield from self._values(item, within_condition=within_condition)
            return
        given = value[function]
        yield from _unknown(function, value, {function})
        if function == "Get":
            yield from () if self._there_is(given) else [f"there is no {given}"]
        elif function == "Std:Join":
            yield from _unknown(function, given, {"On", "Values"})
            yield from self._values(given["Values"], within_condition=False)
        elif function == "Std:JsonGet" and within_condition:
            yield from _unknown(function, given, {"PropertyFile", "S3Uri", "Path"})
            if ("PropertyFile" in given) == ("S3Uri" in given):
                yield "Std:JsonGet reads either a property file or an object"
            yield from self._values(given.get("PropertyFile", given.get("S3Uri")), within_condition=False)
            yield from () if given["Path"] else ["Std:JsonGet without a path"]
        else:
            yield f"{function} is not known here"

    def _there_is(self, name: str) -> bool:
        kind, _, rest = name.partition(".")
        if kind == "Parameters":
            return rest in self._parameters
        if kind == "Execution":
            return rest in VARIABLES
        if kind == "Steps" and ".PropertyFiles." in rest:
            return name in self._property_files
        return kind == "Steps" and rest.partition(".")[0] in self._names

    def _request(self, operation: str, arguments: Mapping[str, Json], extra: Mapping[str, Json]) -> Iterator[str]:
        """Yield what the API would refuse."""
        shape = self._model.operation_model(operation).input_shape
        request = {**extra, **_plain(arguments)}
        report = ParamValidator().validate(request, shape)
        if report.has_errors():
            yield report.generate_report()
        else:
            yield from _limits(request, shape, operation)

    def _circles(self) -> Iterator[str]:
        """Yield steps that wait for each other."""
        inside = {step["Name"]: outer["Name"] for outer in self._steps for step in _branches(outer)}
        waits = {
            step["Name"]: {*step.get("DependsOn", ()), *([inside[step["Name"]]] if step["Name"] in inside else [])}
            for step in self._steps
        }
        while ready := [name for name, others in waits.items() if not others & waits.keys()]:
            for name in ready:
                del waits[name]
        if waits:
            yield f"steps that wait for each other: {sorted(waits)}"


def _branches(step: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    if step["Type"] != "Condition":
        return []
    return [*step["Arguments"]["IfSteps"], *step["Arguments"]["ElseSteps"]]


def _steps(level: Sequence[Mapping[str, Json]]) -> Iterator[Mapping[str, Json]]:
    for step in level:
        yield step
        yield from _steps(_branches(step))


def _function(value: Mapping[str, Json]) -> str | None:
    return next((name for name in value if name == "Get" or name.startswith("Std:")), None)


def _plain(value: Json) -> Json:
    """Replace what is known only at run time by some text."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return "text" if _function(value) else {name: _plain(item) for name, item in value.items()}
    return value


def _limits(value: Json, shape: Shape, where: str) -> Iterator[str]:
    """Yield what botocore's own validation leaves to the server: enumerations, patterns, upper limits."""
    if shape.type_name == "structure":
        for name, item in value.items():
            yield from _limits(item, shape.members[name], f"{where}.{name}")
    elif shape.type_name == "list":
        for item in value:
            yield from _limits(item, shape.member, where)
    elif shape.type_name == "map":
        for name, item in value.items():
            yield from _limits(name, shape.key, where)
            yield from _limits(item, shape.value, f"{where}.{name}")
    limits = shape.metadata
    if shape.type_name in {"integer", "long", "float"}:
        size = value
    else:
        size = len(value) if isinstance(value, str | list | dict) else 0
    if "enum" in limits and value not in limits["enum"]:
        yield f"{where}: {value!r} is none of {', '.join(limits['enum'][:5])} …"
    if size > limits.get("max", size) or size < limits.get("min", size):
        yield f"{where}: {value!r} is not between {limits.get('min')} and {limits.get('max')}"
    if isinstance(value, str) and "pattern" in limits and not re.fullmatch(limits["pattern"], value):
        yield f"{where}: {value!r} does not match {limits['pattern']}"


def _policy(policy: Mapping[str, Json]) -> Iterator[str]:
    known = {"ExceptionType", "IntervalSeconds", "BackoffRate", "MaxAttempts", "ExpireAfterMin"}
    yield from _unknown("a retry policy", policy, known)
    yield from (f"unknown exception {name}" for name in policy["ExceptionType"] if name not in ERRORS)
    if ("MaxAttempts" in policy) == ("ExpireAfterMin" in policy):
        yield "a retry policy has either MaxAttempts or ExpireAfterMin"
    if not 1 <= policy.get("MaxAttempts", 1) <= 20:
        yield "MaxAttempts is not between 1 and 20"


def _unknown(what: str, value: Mapping[str, Json], known: set[str]) -> Iterator[str]:
    if extra := sorted(set(value) - known):
        yield f"{what} has unknown fields: {', '.join(extra)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
