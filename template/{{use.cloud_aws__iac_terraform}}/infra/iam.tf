# What the containers of this project may do: the pipeline reads and writes artifacts, serving reads models.
data "aws_iam_policy_document" "containers" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "pipeline" {
  name               = "${var.project}-pipeline"
  assume_role_policy = data.aws_iam_policy_document.containers.json
}

resource "aws_iam_role_policy" "pipeline" {
  name   = "artifacts"
  role   = aws_iam_role.pipeline.id
  policy = data.aws_iam_policy_document.write_artifacts.json
}

resource "aws_iam_role" "serving" {
  name               = "${var.project}-serving"
  assume_role_policy = data.aws_iam_policy_document.containers.json
}

resource "aws_iam_role_policy" "serving" {
  name   = "models"
  role   = aws_iam_role.serving.id
  policy = data.aws_iam_policy_document.read_models.json
}

data "aws_iam_policy_document" "write_artifacts" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.artifacts.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["runs", "runs/*", "registry", "registry/*"]
    }
  }

  statement {
    sid       = "ReadAndWrite"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = ["${aws_s3_bucket.artifacts.arn}/runs/*", "${aws_s3_bucket.artifacts.arn}/registry/*"]
  }

  statement {
    sid       = "EncryptAndDecrypt"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.project.arn]
  }
}

data "aws_iam_policy_document" "read_models" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.artifacts.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["registry", "registry/*"]
    }
  }

  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.artifacts.arn}/registry/*"]
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.project.arn]
  }
}
