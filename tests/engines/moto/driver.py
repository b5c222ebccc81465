"""Runs a state machine in moto's interpreter, then in a project's own: in the environment of requirements.txt.

Reads from standard input a JSON object: "machine", the definition; "interpreter", the project's module; "scenarios".
Each of these has "given", the input; "codes", step → exit codes of its containers in turn, 0 when they run out; and
"verdict", the text in the bucket. Writes to standard output, for each scenario, what happened in moto and in ours.
"""

import importlib.util
import json
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_ecs
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.states import States

REGION = "eu-central-1"
BUCKET = "artifacts"
ISO = "%Y-%m-%dT%H:%M:%S.000Z"
RUN = "a-run"
Json = Any
really_sleep = time.sleep


class Containers:
    """Stands in for ECS: commands are noted, and end with the exit codes of a scenario."""

    def __init__(self, codes: Mapping[str, list[int]]) -> None:
        """Prepare the exit codes."""
        self.commands: list[list[str]] = []
        self.requests: list[Json] = []
        self._codes = {step: list(given) for step, given in codes.items()}

    def start(self, request: Json) -> str:
        """Start a container; returns the cause of its failure as AWS words it, nothing when it ends well."""
        command = request["Overrides"]["ContainerOverrides"][0]["Command"]
        self.commands.append(command)
        self.requests.append({name: value for name, value in request.items() if name != "StartedBy"})
        waiting = self._codes.get(command[2], [])
        code = waiting.pop(0) if waiting else 0
        stopped = {"Containers": [{"ContainerArn": "a", "ExitCode": code, "Name": "pipeline"}], "LastStatus": "STOPPED"}
        return json.dumps(stopped, separators=(",", ":")) if code else ""


def in_moto(machine: Json, scenario: Json) -> Json:
    """What happens when moto interprets the machine, with its own S3 and SNS."""
    containers, pauses = Containers(scenario["codes"]), list[float]()

    def sleep(seconds: float) -> None:
        if seconds < 1:
            really_sleep(seconds)
        else:
            pauses.append(seconds)

    def run_task(self: Json, env: Json, normalised_parameters: Json, **_: Json) -> None:
        env.stack.append(containers.start(as_declared(normalised_parameters)))

    def resolver(self: Json, env: Json, **_: Json) -> Json:
        cause = env.stack.pop()

        def resolve() -> Json:
            if not cause:
                return {"LastStatus": "STOPPED"}
            name = StatesErrorName(typ=StatesErrorNameType.StatesTaskFailed)
            details = TaskFailedEventDetails(error=name.error_name, cause=cause, resource="runTask", resourceType="ecs")
            event = EventDetails(taskFailedEventDetails=details)
            raise FailureEventException(FailureEvent(env, name, HistoryEventType.TaskFailed, event))

        return resolve

    def context(self: Json, context: Json) -> None:
        # moto keeps a date here, against its own declaration and against AWS, where it is text.
        if isinstance(context["Execution"]["StartTime"], datetime):
            context["Execution"]["StartTime"] = context["Execution"]["StartTime"].strftime(ISO)
        really_begin(self, context)

    def sdk_task(self: Json, env: Json, **given: Json) -> None:
        # moto leaves the body of an object a stream, where AWS has its text.
        really_call(self, env=env, **given)
        env.stack[-1]["Body"] = env.stack[-1]["Body"].read().decode()

    really_begin = States.__init__
    really_call = StateTaskServiceAwsSdk._eval_service_task
    service = state_task_service_ecs.StateTaskServiceEcs
    with (
        mock_aws(config={"stepfunctions": {"execute_state_machine": True}}),
        patch.object(States, "__init__", context),
        patch.object(StateTaskServiceAwsSdk, "_eval_service_task", sdk_task),
        patch.object(service, "_eval_service_task", run_task),
        patch.object(service, "_build_sync_resolver", resolver),
        patch("time.sleep", sleep),
    ):
        s3, sns, states = (boto3.client(name, region_name=REGION) for name in ("s3", "sns", "stepfunctions"))
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        key = f"runs/{RUN}/evaluate/verdict.json"
        s3.put_object(Bucket=BUCKET, Key=key, Body=scenario["verdict"].encode())
        topic = sns.create_topic(Name="pipeline")["TopicArn"]
        definition = json.dumps(machine).replace("TOPIC", topic)
        role = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/state-machine"
        made = states.create_state_machine(name="pipeline", definition=definition, roleArn=role)["stateMachineArn"]
        described = states.describe_state_machine(stateMachineArn=made)
        started = states.start_execution(stateMachineArn=made, name=RUN, input=json.dumps(scenario["given"]))
        while True:
            execution = states.describe_execution(executionArn=started["executionArn"])
            if execution["status"] != "RUNNING":
                break
            really_sleep(0.05)
        sent = sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[topic].sent_notifications
        return {
            "registered": json.loads(described["definition"]) == json.loads(definition),
            "start": execution["startDate"].strftime(ISO),
            "commands": containers.commands,
            "requests": containers.requests,
            "pauses": pauses,
            "error": execution.get("error", ""),
            "messages": [notification[1] for notification in sent],
        }


def as_declared(parameters: Json) -> Json:
    """What moto hands to boto3, in the spelling of the state machine."""
    if isinstance(parameters, list):
        return [as_declared(item) for item in parameters]
    if not isinstance(parameters, dict):
        return parameters
    return {name[0].upper() + name[1:]: as_declared(item) for name, item in parameters.items()}


def in_ours(module: Json, machine: Json, scenario: Json, start: str) -> Json:
    """What happens when the project's own interpreter runs the machine."""
    containers, pauses, messages = Containers(scenario["codes"]), list[float](), list[str]()

    def run_task(request: Json, timeout: float | None) -> None:
        if cause := containers.start(request):
            raise module.StateError("States.TaskFailed", cause)

    def get_object(request: Json, timeout: float | None) -> Json:
        assert request == {"Bucket": BUCKET, "Key": f"runs/{RUN}/evaluate/verdict.json"}
        return {"Body": scenario["verdict"]}

    services = {
        "arn:aws:states:::ecs:runTask.sync": run_task,
        "arn:aws:states:::aws-sdk:s3:getObject": get_object,
        "arn:aws:states:::sns:publish": lambda request, timeout: messages.append(request["Message"]),
    }
    error = ""
    with patch("time.sleep", pauses.append):
        try:
            module.Execution(RUN, start, services).run(machine, scenario["given"])
        except module.StateError as failed:
            error = failed.error
    return {
        "commands": containers.commands,
        "requests": containers.requests,
        "pauses": pauses,
        "error": error,
        "messages": messages,
    }


def main() -> None:
    """Run all scenarios."""
    asked = json.load(sys.stdin)
    spec = importlib.util.spec_from_file_location("states_language", Path(asked["interpreter"]))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    results = []
    for scenario in asked["scenarios"]:
        theirs = in_moto(asked["machine"], scenario)
        ours = in_ours(module, asked["machine"], scenario, theirs.pop("start"))
        results.append({"registered": theirs.pop("registered"), "moto": theirs, "ours": ours})
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
