"""An interpreter for the part of the Amazon States Language that this project's state machine uses, in this process.

Specification: https://states-language.net/spec.html. Everything else is refused, so that a state machine never behaves
differently on a laptop and on AWS.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

log = logging.getLogger(__name__)

Json = Any
"""A JSON value."""
State = Mapping[str, Json]
Service = Callable[[Json, float | None], Json]
"""Does the work of a Task state: gets its parameters and its timeout in seconds, and returns the result."""

RUNTIME = "States.Runtime"
TIMEOUT = "States.Timeout"
KNOWN = {
    "Pass": {"Parameters"},
    "Task": {"Resource", "Parameters", "ResultSelector", "ResultPath", "TimeoutSeconds", "Retry", "Catch"},
    "Parallel": {"Branches", "ResultPath", "Retry", "Catch"},
    "Choice": {"Choices", "Default"},
    "Succeed": set(),
    "Fail": {"Error", "Cause", "ErrorPath", "CausePath"},
}
"""Type of a state → its fields, beside Type, Comment, Next and End."""

TOKEN = re.compile(r"\s*(?:(States\.\w+)|(\$\$?(?:\.\w+)*)|'([^'\\]*)'|(\d+|true|false)|([(),]))")


class StateError(Exception):
    """A state failed; `error` is its name in Retry and Catch."""

    def __init__(self, error: str, cause: str) -> None:
        """Keep name and cause."""
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class Execution:
    """One execution of a state machine."""

    def __init__(self, name: str, start_time: str, services: Mapping[str, Service]) -> None:
        """Prepare an execution.

        Args:
            name: name of the execution.
            start_time: as Step Functions writes it, such as 2026-11-20T03:00:00.000Z.
            services: resource of a Task state → its replacement.
        """
        self._context = {"Execution": {"Name": name, "StartTime": start_time}}
        self._services = services

    def run(self, machine: Mapping[str, Json], data: Json) -> Json:
        """Run the states of a machine, or of a branch, and return its output.

        Raises:
            StateError: a state failed, and no catcher matched.
        """
        name = machine["StartAt"]
        while True:
            state = machine["States"][name]
            _refuse_unknown(name, state)
            log.info("state entered", extra={"state": name})
            following, data = self._through(state, data)
            if following is None:
                return data
            name = following

    def _through(self, state: State, data: Json) -> tuple[str | None, Json]:
        """Return the name of the next state, None after the last one, and its input."""
        match state["Type"]:
            case "Choice":
                return _chosen(state, data), data
            case "Fail":
                raise StateError(self._text(state, "Error", data), self._text(state, "Cause", data))
            case "Succeed":
                return None, data
            case "Pass":
                result = self._filled(state["Parameters"], data) if "Parameters" in state else data
                return state.get("Next"), result
        try:
            result = self._retried(state, data)
        except StateError as error:
            return _caught(state, error, data)
        return state.get("Next"), _placed(result, state, data)

    def _text(self, state: State, field: str, data: Json) -> str:
        path = state.get(f"{field}Path")
        return str(self._at(path, data) if path else state.get(field, ""))

    def _retried(self, state: State, data: Json) -> Json:
        attempts: dict[int, int] = {}
        while True:
            try:
                return self._worked(state, data)
            except StateError as error:
                retrier = _matching(state.get("Retry", ()), error)
                if retrier is None:
                    raise
                done = attempts.get(id(retrier), 0)
                if done >= retrier.get("MaxAttempts", 3):
                    raise
                attempts[id(retrier)] = done + 1
                seconds = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** done
                log.warning("retried", extra={"error": error.error, "seconds": seconds})
                time.sleep(seconds)

    def _worked(self, state: State, data: Json) -> Json:
        """Return the result of a Task or Parallel state."""
        if state["Type"] == "Parallel":
            return [self.run(branch, data) for branch in state["Branches"]]
        parameters = self._filled(state["Parameters"], data) if "Parameters" in state else data
        result = self._services[state["Resource"]](parameters, state.get("TimeoutSeconds"))
        return self._filled(state["ResultSelector"], result) if "ResultSelector" in state else result

    def _filled(self, template: Json, data: Json) -> Json:
        """Fill in a payload template: every field whose name ends in `.$` gets its value."""
        if isinstance(template, list):
            return [self._filled(item, data) for item in template]
        if not isinstance(template, dict):
            return template
        return {
            name.removesuffix(".$"): self._value(item, data) if name.endswith(".$") else self._filled(item, data)
            for name, item in template.items()
        }

    def _value(self, expression: str, data: Json) -> Json:
        """Return the value of a path or of an intrinsic function."""
        tokens, at = [], 0
        while at < len(expression):
            token = TOKEN.match(expression, at)
            if token is None:
                raise StateError(RUNTIME, f"{expression!r} is not understood at {expression[at:]!r}")
            tokens.append(token)
            at = token.end()
        tokens.reverse()
        return self._evaluated(tokens, data)

    def _evaluated(self, tokens: list[re.Match[str]], data: Json) -> Json:
        """Return the value of the expression at the end of `tokens`, and remove it there."""
        function, path, text, literal, _ = tokens.pop().groups()
        if path is not None:
            return self._at(path, data)
        if text is not None:
            return text
        if literal is not None:
            return json.loads(literal)
        arguments = []
        while tokens.pop()[5] != ")":  # an opening parenthesis or a comma comes before each argument
            arguments.append(self._evaluated(tokens, data))
        try:
            return INTRINSICS[function](*arguments)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise StateError("States.IntrinsicFailure", f"{function}: {error}") from error

    def _at(self, path: str, data: Json) -> Json:
        root = self._context if path.startswith("$$") else data
        return _looked_up(path, root)


def _format(template: str, *values: Json) -> str:
    parts = template.split("{}")
    texts = [value if isinstance(value, str) else json.dumps(value) for value in values]
    return parts[0] + "".join(text + part for text, part in zip(texts, parts[1:], strict=True))


INTRINSICS: Mapping[str, Callable[..., Json]] = {
    "States.Array": lambda *values: list(values),
    "States.ArrayGetItem": lambda values, index: values[index],
    "States.Format": _format,
    "States.JsonMerge": lambda one, other, deep: {**one, **other},
    "States.JsonToString": lambda value: json.dumps(value, separators=(",", ":")),
    "States.StringSplit": lambda text, marks: [part for part in re.split(f"[{re.escape(marks)}]", text) if part],
    "States.StringToJson": json.loads,
}


def _refuse_unknown(name: str, state: State) -> None:
    allowed = KNOWN.get(state["Type"])
    unknown = set(state) - {"Type", "Comment", "Next", "End"} - (allowed or set())
    if allowed is None or unknown:
        what = f"fields {sorted(unknown)}" if allowed is not None else f"type {state['Type']}"
        raise StateError(RUNTIME, f"state {name!r} has {what}, which this interpreter does not know")


def _looked_up(path: str, root: Json) -> Json:
    value = root
    for part in path.split(".")[1:]:
        if not isinstance(value, Mapping) or part not in value:
            raise StateError(RUNTIME, f"there is no {path}")
        value = value[part]
    return value


def _placed(result: Json, state: Mapping[str, Json], data: Json) -> Json:
    """Return the output of a state: its result, at `ResultPath` of its input; null keeps the input."""
    path = state.get("ResultPath", "$")
    if path is None:
        return data
    if path == "$":
        return result
    return {**data, path.removeprefix("$."): result}


def _matching(handlers: Json, error: StateError) -> Mapping[str, Json] | None:
    """Return the first retrier or catcher for an error."""
    if error.error == RUNTIME:
        return None  # the machine itself is wrong; Step Functions catches that with no catcher either
    names = {error.error, "States.ALL"} | ({"States.TaskFailed"} if error.error != TIMEOUT else set())
    return next((handler for handler in handlers if names & set(handler["ErrorEquals"])), None)


def _caught(state: State, error: StateError, data: Json) -> tuple[str, Json]:
    catcher = _matching(state.get("Catch", ()), error)
    if catcher is None:
        raise error
    following: str = catcher["Next"]
    return following, _placed({"Error": error.error, "Cause": error.cause}, catcher, data)


def _chosen(state: State, data: Json) -> str:
    for rule in state["Choices"]:
        if _holds(rule, data):
            return str(rule["Next"])
    if "Default" not in state:
        raise StateError("States.NoChoiceMatched", "no choice matched")
    return str(state["Default"])


def _holds(rule: Mapping[str, Json], data: Json) -> bool:
    if "Or" in rule:
        return any(_holds(part, data) for part in rule["Or"])
    value = _looked_up(rule["Variable"], data)
    if "BooleanEquals" in rule:
        return value is rule["BooleanEquals"]
    if "StringMatches" in rule:
        pattern = ".*".join(map(re.escape, rule["StringMatches"].split("*")))
        return isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None
    raise StateError(RUNTIME, f"the comparison of {rule} is not known to this interpreter")
