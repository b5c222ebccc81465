# The jobs that train run for the default branch only, and may do what the pipeline's containers may.
data "aws_iam_policy_document" "trust_training" {
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
      values   = [local.ci.train]
    }
  }
}

resource "aws_iam_role" "training" {
  count = local.ci_allowed ? 1 : 0

  name               = "${var.project}-training"
  assume_role_policy = data.aws_iam_policy_document.trust_training[0].json
}

resource "aws_iam_role_policy" "training" {
  count = local.ci_allowed ? 1 : 0

  name   = "artifacts"
  role   = aws_iam_role.training[0].id
  policy = data.aws_iam_policy_document.write_artifacts.json
}

output "training_identity" {
  description = "CI variable TRAINING_IDENTITY: the role of jobs that train; null until CI's repository is named."
  value       = one(aws_iam_role.training[*].arn)
}
