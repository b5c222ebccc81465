# What CI's jobs may do: push images and promote models, from one environment of one repository, without stored keys.
variable "create_ci_oidc_provider" {
  description = "An account has one provider for each issuer of tokens; false uses the one that exists."
  type        = bool
  default     = true
}

locals {
  # Nothing is made for CI before its repository is named.
  ci_allowed = local.ci.repository != ""
  # How conditions name the claims of a token.
  ci_claims   = trimprefix(local.ci.issuer, "https://")
  ci_provider = one(concat(aws_iam_openid_connect_provider.ci[*].arn, data.aws_iam_openid_connect_provider.ci[*].arn))
}

resource "aws_iam_openid_connect_provider" "ci" {
  count = local.ci_allowed && var.create_ci_oidc_provider ? 1 : 0

  url            = local.ci.issuer
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_openid_connect_provider" "ci" {
  count = local.ci_allowed && !var.create_ci_oidc_provider ? 1 : 0

  url = local.ci.issuer
}

data "aws_iam_policy_document" "trust_deploy" {
  count = local.ci_allowed ? 1 : 0

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.ci_provider]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.ci_claims}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.ci_claims}:sub"
      values   = [local.ci.deploy]
    }
  }
}

resource "aws_iam_role" "deploy" {
  count = local.ci_allowed ? 1 : 0

  name               = "${var.project}-deploy"
  assume_role_policy = data.aws_iam_policy_document.trust_deploy[0].json
}

resource "aws_iam_role_policy" "deploy" {
  count = local.ci_allowed ? 1 : 0

  name   = "deploy"
  role   = aws_iam_role.deploy[0].id
  policy = data.aws_iam_policy_document.deploy.json
}

data "aws_iam_policy_document" "deploy" {
  source_policy_documents = [data.aws_iam_policy_document.promote.json]

  # Signing in is not about one repository, AWS allows no other resource here.
  #checkov:skip=CKV_AWS_356:ecr:GetAuthorizationToken has no resource
  statement {
    sid       = "SignIn"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid = "Push"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [aws_ecr_repository.project.arn]
  }
}

data "aws_iam_policy_document" "promote" {
  source_policy_documents = [data.aws_iam_policy_document.read_models.json]

  statement {
    sid       = "MoveAliases"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.artifacts.arn}/registry/*/aliases/*"]
  }

  statement {
    sid       = "Encrypt"
    actions   = ["kms:GenerateDataKey"]
    resources = [aws_kms_key.project.arn]
  }
}

output "deploy_identity" {
  description = "CI variable DEPLOY_IDENTITY: the role of jobs that deploy and promote; null until CI's repository is named."
  value       = one(aws_iam_role.deploy[*].arn)
}
