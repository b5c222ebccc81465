"""Registers a pipeline with moto's SageMaker and starts it: in the environment of requirements.txt.

Reads from standard input a JSON object: "definition", the text; "parameters", of the execution; "instances", names of
instances. Writes to standard output what moto says of pipeline and execution, and the sizes of the instances.
"""

import json
import sys
from typing import Any

import boto3
from moto import mock_aws

REGION = "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/pipeline"


def main() -> None:
    """Register, start, describe."""
    asked = json.load(sys.stdin)
    given = [{"Name": name, "Value": value} for name, value in asked["parameters"].items()]
    with mock_aws():
        client = boto3.client("sagemaker", region_name=REGION)
        client.create_pipeline(
            PipelineName="my-project", PipelineDefinition=asked["definition"], RoleArn=ROLE, ClientRequestToken="a" * 32
        )
        described = client.describe_pipeline(PipelineName="my-project")
        started = client.start_pipeline_execution(PipelineName="my-project", PipelineParameters=given)
        arn = started["PipelineExecutionArn"]
        ran = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
        told = client.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
        status = client.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]
        kinds = [name.removeprefix("ml.") for name in asked["instances"]]
        sizes = boto3.client("ec2", region_name=REGION).describe_instance_types(InstanceTypes=kinds)["InstanceTypes"]
    result = {
        "registered": described["PipelineDefinition"],
        "ran": ran["PipelineDefinition"],
        "status": status,
        "parameters": {item["Name"]: item["Value"] for item in told["PipelineParameters"]},
        "instances": {f"ml.{size['InstanceType']}": _size(size) for size in sizes},
    }
    json.dump(result, sys.stdout)


def _size(described: dict[str, Any]) -> list[int]:
    """Processors, memory in GiB, graphics processors."""
    gpus = sum(gpu["Count"] for gpu in described.get("GpuInfo", {}).get("Gpus", ()))
    return [described["VCpuInfo"]["DefaultVCpus"], described["MemoryInfo"]["SizeInMiB"] // 1024, gpus]


if __name__ == "__main__":
    main()
