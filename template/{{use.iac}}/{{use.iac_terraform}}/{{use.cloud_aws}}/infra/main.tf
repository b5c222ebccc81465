data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  # Bucket names are globally unique and have at most 63 characters: 40 + 1 + 12 + 10.
  bucket = "${var.project}-${local.account}-artifacts"

  tags = {
    project     = var.project
    environment = var.environment
    managed-by  = "terraform"
  }
}

# One key for everything that this project stores.
resource "aws_kms_key" "project" {
  description             = "Artifacts, images and logs of ${var.project}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "project" {
  name          = "alias/${var.project}"
  target_key_id = aws_kms_key.project.key_id
}

# The account decides, through IAM, who uses the key; see iam.tf.
data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:a key policy is about this key only, whatever its resource says
  #checkov:skip=CKV_AWS_111:a key policy is about this key only, whatever its resource says
  #checkov:skip=CKV_AWS_356:a key policy is about this key only, whatever its resource says
  statement {
    sid       = "AccountDecides"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]
    }
  }
}
