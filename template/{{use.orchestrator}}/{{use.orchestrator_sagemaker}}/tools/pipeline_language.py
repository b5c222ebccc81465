"""An interpreter for the part of SageMaker's pipeline definitions that this project's pipeline uses, in this process.

API: https://docs.aws.amazon.com/sagemaker/latest/dg/define-pipeline.html. Everything else is refused, so that a
definition never behaves differently on a laptop and on AWS.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

log = logging.getLogger(__name__)

Json = Any
"""A JSON value."""
Step = Mapping[str, Json]
Job = Callable[[str, Json], None]
"""Runs a Processing step: gets its name and the request, filled in, that would create the job."""
Read = Callable[[str], bytes]
"""Returns the content of a file at a URI."""

KNOWN = {
    "Processing": {"Arguments", "RetryPolicies"},
    "Condition": {"Arguments"},
}
"""Type of a step → its fields, beside Name, Type and DependsOn."""
TOP = {"Version", "Metadata", "Parameters", "Steps"}
"""Fields of a definition."""


class DefinitionError(Exception):
    """The definition contains something that this interpreter does not support, or that makes no sense."""


class JobError(Exception):
    """A job failed; `kind` is its name in retry policies."""

    def __init__(self, kind: str, reason: str) -> None:
        """Keep kind and reason."""
        super().__init__(f"{kind}: {reason}")
        self.kind = kind


class Execution:
    """One execution of a pipeline."""

    def __init__(self, definition: Mapping[str, Json], given: Mapping[str, str], job: Job, read: Read) -> None:
        """Prepare an execution.

        Args:
            definition: definition of the pipeline.
            given: values of its parameters; the others keep their defaults.
            job: runs a job.
            read: reads a file.

        Raises:
            DefinitionError: a parameter is unknown or has no value.
        """
        _refuse_unknown("the definition", definition, TOP)
        self._steps: Sequence[Step] = definition["Steps"]
        self._parameters = _values(definition["Parameters"], given)
        self._job = job
        self._read = read

    def run(self) -> list[str]:
        """Run the steps in the order of their dependencies, and return the names of those that ran.

        Raises:
            DefinitionError: the definition is not supported, or a step waits for one that never runs.
            JobError: a step failed, also after the retries of its policies.
        """
        waiting = list(self._steps)
        done: list[str] = []
        while waiting:
            step = next((step for step in waiting if set(step.get("DependsOn", ())) <= set(done)), None)
            if step is None:
                names = [step["Name"] for step in waiting]
                raise DefinitionError(f"the steps {names} wait for steps that never run")
            waiting.remove(step)
            waiting = [*self._through(step), *waiting]
            done.append(step["Name"])
        return done

    def _through(self, step: Step) -> Sequence[Step]:
        """Run a step, and return the steps that follow from a condition."""
        name, kind = step["Name"], step["Type"]
        if kind not in KNOWN:
            raise DefinitionError(f"step {name!r} has type {kind}, which this interpreter does not know")
        _refuse_unknown(f"step {name!r}", step, {"Name", "Type", "DependsOn", *KNOWN[kind]})
        log.info("step entered", extra={"step": name})
        if kind == "Processing":
            self._retried(step)
            return ()
        arguments = step["Arguments"]
        _refuse_unknown(f"step {name!r}", arguments, {"Conditions", "IfSteps", "ElseSteps"})
        holds = all(self._holds(condition) for condition in arguments["Conditions"])
        following: Sequence[Step] = arguments["IfSteps" if holds else "ElseSteps"]
        return following

    def _retried(self, step: Step) -> None:
        attempts: dict[int, int] = {}
        while True:
            try:
                return self._job(step["Name"], self._filled(step["Arguments"]))
            except JobError as error:
                policies = step.get("RetryPolicies", ())
                policy = next((policy for policy in policies if error.kind in policy["ExceptionType"]), None)
                if policy is None:
                    raise
                _refuse_unknown("a retry policy", policy, RETRY)
                done = attempts.get(id(policy), 0)
                if done >= policy["MaxAttempts"]:
                    raise
                attempts[id(policy)] = done + 1
                seconds = policy["IntervalSeconds"] * policy["BackoffRate"] ** done
                log.warning("retried", extra={"error": error.kind, "seconds": seconds})
                time.sleep(seconds)

    def _holds(self, condition: Mapping[str, Json]) -> bool:
        _refuse_unknown("a condition", condition, {"Type", "LeftValue", "RightValue"})
        if condition["Type"] != "Equals":
            raise DefinitionError(f"the comparison {condition['Type']} is not known to this interpreter")
        left, right = self._filled(condition["LeftValue"]), self._filled(condition["RightValue"])
        return type(left) is type(right) and bool(left == right)

    def _filled(self, value: Json) -> Json:
        """Replace the functions in a part of the definition by their values."""
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if not isinstance(value, dict):
            return value
        function = next((name for name in value if name == "Get" or name.startswith("Std:")), None)
        if function is None:
            return {name: self._filled(item) for name, item in value.items()}
        return self._called(function, value[function])

    def _called(self, function: str, given: Json) -> Json:
        if function == "Get":
            kind, _, name = given.partition(".")
            if kind != "Parameters" or name not in self._parameters:
                raise DefinitionError(f"there is no {given}")
            return self._parameters[name]
        if function == "Std:Join":
            _refuse_unknown(function, given, {"On", "Values"})
            joined: str = given["On"].join(str(self._filled(item)) for item in given["Values"])
            return joined
        if function == "Std:JsonGet":
            _refuse_unknown(function, given, {"S3Uri", "Path"})
            return _looked_up(given["Path"], json.loads(self._read(self._filled(given["S3Uri"]))))
        raise DefinitionError(f"the function {function} is not known to this interpreter")


RETRY = {"ExceptionType", "IntervalSeconds", "BackoffRate", "MaxAttempts"}
"""Fields of a retry policy."""


def _refuse_unknown(what: str, value: Mapping[str, Json], known: set[str]) -> None:
    unknown = sorted(set(value) - known)
    if unknown:
        raise DefinitionError(f"{what} has {unknown}, which this interpreter does not know")


def _values(declared: Sequence[Mapping[str, Json]], given: Mapping[str, str]) -> dict[str, str]:
    """Return the values of all parameters."""
    names = {parameter["Name"] for parameter in declared}
    if unknown := sorted(set(given) - names):
        raise DefinitionError(f"there are no parameters {unknown}")
    values: dict[str, str] = {}
    for parameter in declared:
        _refuse_unknown("a parameter", parameter, {"Name", "Type", "DefaultValue"})
        name = parameter["Name"]
        if parameter["Type"] != "String":
            raise DefinitionError(f"parameters of type {parameter['Type']} are not known to this interpreter")
        if name not in given and "DefaultValue" not in parameter:
            raise DefinitionError(f"parameter {name} has no value")
        values[name] = given[name] if name in given else parameter["DefaultValue"]
    return values


def _looked_up(path: str, root: Json) -> Json:
    value = root
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise DefinitionError(f"there is no {path}")
        value = value[part]
    return value
