# Runs without a store: `terraform test`.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

variables {
  endpoint = "https://s3.example.com"
}

run "artifacts_have_versions" {
  command = plan

  assert {
    condition     = length(aws_s3_bucket.artifacts.bucket) <= 63
    error_message = "A bucket name has at most 63 characters."
  }

  assert {
    condition     = aws_s3_bucket_versioning.artifacts.versioning_configuration[0].status == "Enabled"
    error_message = "Overwritten objects must be recoverable."
  }
}

run "no_account_has_access_before_one_is_named" {
  command = plan

  assert {
    condition     = [for statement in data.aws_iam_policy_document.artifacts.statement : statement.sid] == ["OnlyTLS"]
    error_message = "The policy must grant access only to named accounts."
  }
}

run "serving_reads_models_only" {
  command = plan

  variables {
    pipeline_principal = "arn:aws:iam:::user/pipeline"
    serving_principal  = "arn:aws:iam:::user/serving"
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.artifacts.statement : statement.actions
      if statement.sid == "ObjectsServing"
    ] == [toset(["s3:GetObject"])]
    error_message = "Serving must not write."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.artifacts.statement : alltrue([
        for resource in statement.resources : strcontains(resource, "/registry/")
      ]) if statement.sid == "ObjectsServing"
    ])
    error_message = "Serving must not read runs."
  }
}

run "an_endpoint_without_tls_is_refused" {
  command = plan

  variables {
    endpoint = "http://s3.example.com"
  }

  expect_failures = [var.endpoint]
}
