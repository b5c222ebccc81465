# Runs without an account: `terraform test`.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = {
      account_id = "123456789012"
    }
  }

  mock_data "aws_partition" {
    defaults = {
      partition = "aws"
    }
  }

  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

run "artifacts_are_private_and_encrypted" {
  command = plan

  assert {
    condition     = length(aws_s3_bucket.artifacts.bucket) <= 63
    error_message = "A bucket name has at most 63 characters."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.artifacts.block_public_acls,
      aws_s3_bucket_public_access_block.artifacts.block_public_policy,
      aws_s3_bucket_public_access_block.artifacts.ignore_public_acls,
      aws_s3_bucket_public_access_block.artifacts.restrict_public_buckets,
    ])
    error_message = "The artifact bucket must not be public."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.artifacts.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
    error_message = "Artifacts must be encrypted with the project's key."
  }

  assert {
    condition     = aws_kms_key.project.enable_key_rotation
    error_message = "The key must rotate."
  }

  assert {
    condition     = aws_ecr_repository.project.image_tag_mutability == "IMMUTABLE"
    error_message = "An image must not change behind its tag."
  }
}

run "nobody_deploys_before_a_repository_is_named" {
  command = plan

  assert {
    condition     = length(aws_iam_role.deploy) == 0 && length(aws_iam_openid_connect_provider.github) == 0
    error_message = "There must be no deploy role without a repository."
  }
}

run "one_environment_of_one_repository_deploys" {
  command = plan

  variables {
    github_repository = "owner/name"
  }

  assert {
    condition = [
      for condition in data.aws_iam_policy_document.github[0].statement[0].condition : one(condition.values)
      if condition.variable == "token.actions.githubusercontent.com:sub"
    ] == ["repo:owner/name:environment:production"]
    error_message = "Only the production environment of the repository may take the deploy role."
  }
}

run "a_budget_needs_somebody_to_tell" {
  command = plan

  variables {
    monthly_budget = 100
    budget_email   = "team@example.com"
  }

  assert {
    condition     = aws_budgets_budget.project[0].limit_amount == "100"
    error_message = "The budget must have the limit that was asked for."
  }
}

run "a_repository_without_an_owner_is_refused" {
  command = plan

  variables {
    github_repository = "name"
  }

  expect_failures = [var.github_repository]
}
