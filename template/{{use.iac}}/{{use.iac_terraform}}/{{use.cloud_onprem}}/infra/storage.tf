# Runs and registered models.
resource "aws_s3_bucket" "artifacts" {
  #checkov:skip=CKV_AWS_18:the store of a data centre keeps its access log itself
  #checkov:skip=CKV_AWS_144:artifacts can be made again from data and code, a second site is not worth its price
  #checkov:skip=CKV_AWS_145:the store encrypts its disks with its own keys
  #checkov:skip=CKV2_AWS_6:the store is not on the internet, and not every one knows public access blocks
  #checkov:skip=CKV2_AWS_62:nothing listens to the bucket
  bucket = "${var.project}-artifacts"
}

resource "aws_s3_bucket_versioning" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id

  rule {
    id     = "tidy"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 90
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.artifacts]
}

resource "aws_s3_bucket_policy" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id
  policy = data.aws_iam_policy_document.artifacts.json
}

locals {
  bucket  = "arn:aws:s3:::${aws_s3_bucket.artifacts.bucket}"
  folders = { pipeline = ["runs", "registry"], serving = ["registry"] }
  actions = {
    pipeline = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    serving  = ["s3:GetObject"]
  }
  principals = {
    for name, principal in { pipeline = var.pipeline_principal, serving = var.serving_principal } : name => principal
    if principal != ""
  }
}

# The pipeline reads and writes artifacts, serving reads models.
data "aws_iam_policy_document" "artifacts" {
  statement {
    sid       = "OnlyTLS"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.bucket, "${local.bucket}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = local.principals

    content {
      sid       = "List${title(statement.key)}"
      actions   = ["s3:ListBucket"]
      resources = [local.bucket]

      principals {
        type        = "AWS"
        identifiers = [statement.value]
      }

      condition {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = flatten([for folder in local.folders[statement.key] : [folder, "${folder}/*"]])
      }
    }
  }

  dynamic "statement" {
    for_each = local.principals

    content {
      sid       = "Objects${title(statement.key)}"
      actions   = local.actions[statement.key]
      resources = [for folder in local.folders[statement.key] : "${local.bucket}/${folder}/*"]

      principals {
        type        = "AWS"
        identifiers = [statement.value]
      }
    }
  }
}
