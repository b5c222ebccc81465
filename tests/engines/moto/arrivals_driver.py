"""Lets objects arrive in moto's S3 and tells a project's state machine of them: in the environment of requirements.txt.

Reads from standard input a JSON object: "machine", the state machine that starts runs, with PIPELINE and QUEUE where it
names them; "pattern", of the rule; "engine", `stepfunctions` or `sagemaker`; "keys", of the objects, in the bucket
`artifacts`; "pipeline", whether there is one. Every event is sent twice. Writes to standard output what was started,
what was kept, and how the executions of the state machine ended.
"""

import json
import sys
import time
import uuid
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sagemaker.models import sagemaker_backends
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)

REGION = "eu-central-1"
BUCKET = "artifacts"
ROLE = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/role"
NOTHING = {"StartAt": "Nothing", "States": {"Nothing": {"Type": "Succeed"}}}
Json = Any
really_sleep = time.sleep


def client(name: str) -> Json:
    """A client of moto."""
    return boto3.client(name, region_name=REGION)


def queue(name: str) -> tuple[str, str]:
    """URL and ARN of a new queue."""
    url = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url, client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def messages(url: str) -> list[Json]:
    """What is in a queue."""
    found = []
    while got := client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in got]
    return found


def heard(pattern: Json, keys: list[str]) -> list[Json]:
    """The events that a rule picks when these objects are written."""
    url, arn = queue("heard")
    client("events").put_rule(Name="arrivals", EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule="arrivals", Targets=[{"Id": "heard", "Arn": arn}])
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}})
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"a")
    return messages(url)


def pipeline(engine: str) -> str:
    """Makes a pipeline that does nothing; returns what the state machine calls it."""
    if engine == "stepfunctions":
        made = client("stepfunctions").create_state_machine(
            name="pipeline", definition=json.dumps(NOTHING), roleArn=ROLE
        )
        return str(made["stateMachineArn"])
    client("sagemaker").create_pipeline(
        PipelineName="pipeline", PipelineDefinition="{}", RoleArn=ROLE, ClientRequestToken="a" * 32
    )
    return "pipeline"


def started(engine: str, name: str) -> list[Json]:
    """Name and input of every run."""
    if engine == "stepfunctions":
        states = client("stepfunctions")
        listed = states.list_executions(stateMachineArn=name)["executions"]
        described = [states.describe_execution(executionArn=item["executionArn"]) for item in listed]
        return [{"name": item["name"], "input": json.loads(item["input"])} for item in described]
    sagemaker = client("sagemaker")
    found = {}
    for arn, execution in sagemaker_backends[DEFAULT_ACCOUNT_ID][REGION].pipelines[name].pipeline_executions.items():
        told = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
        # moto starts one more for the same token, SageMaker does not.
        found[execution.client_request_token] = {item["Name"]: item["Value"] for item in told}
    return [{"name": token, "input": given} for token, given in found.items()]


def ran(machine: str, event: Json) -> str:
    """How an execution of the state machine ended."""
    states = client("stepfunctions")
    # moto gives executions no name of their own.
    name = uuid.uuid4().hex
    arn = states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(event))["executionArn"]
    while (status := states.describe_execution(executionArn=arn)["status"]) == "RUNNING":
        really_sleep(0.05)
    return str(status)


def main() -> None:
    """Let the objects arrive, tell of each twice."""
    asked = json.load(sys.stdin)

    def sleep(seconds: float) -> None:
        if seconds < 1:
            really_sleep(seconds)

    def start(self: Json, normalised_parameters: Json, **given: Json) -> None:
        # moto hands on the names of parameters as states have them, and boto3 has other ones.
        as_boto3 = {name[0].lower() + name[1:]: value for name, value in normalised_parameters.items()}
        really_start(self, normalised_parameters=as_boto3, **given)

    really_start = StateTaskServiceSfn._eval_service_task
    with (
        mock_aws(config={"stepfunctions": {"execute_state_machine": True}}),
        patch.object(StateTaskServiceSfn, "_eval_service_task", start),
        patch("time.sleep", sleep),
    ):
        events = heard(asked["pattern"], asked["keys"])
        url, _ = queue("kept")
        name = pipeline(asked["engine"]) if asked["pipeline"] else "none"
        missing = f"arn:aws:states:{REGION}:{DEFAULT_ACCOUNT_ID}:stateMachine:none"
        target = missing if (name, asked["engine"]) == ("none", "stepfunctions") else name
        text = json.dumps(asked["machine"]).replace("PIPELINE", target).replace("QUEUE", url)
        machine = client("stepfunctions").create_state_machine(name="arrivals", definition=text, roleArn=ROLE)
        ends = [ran(machine["stateMachineArn"], event) for event in events for _ in range(2)]
        runs = started(asked["engine"], name) if asked["pipeline"] else []
        json.dump({"events": events, "ends": ends, "started": runs, "kept": messages(url)}, sys.stdout)


if __name__ == "__main__":
    main()
