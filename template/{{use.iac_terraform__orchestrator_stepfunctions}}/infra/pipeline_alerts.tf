# Logs of the pipeline, and who hears of failures.
resource "aws_kms_key" "pipeline" {
  description             = "Logs, messages and schedule of the pipeline of ${var.project}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.pipeline_key.json
}

resource "aws_kms_alias" "pipeline" {
  name          = "alias/${var.project}-pipeline"
  target_key_id = aws_kms_key.pipeline.key_id
}

# The services that write logs and send alarms need the key; they do not get the key of the artifacts.
data "aws_iam_policy_document" "pipeline_key" {
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

  statement {
    sid       = "Logs"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.${data.aws_partition.current.dns_suffix}"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = [for name in local.log_groups : "arn:${local.partition}:logs:${var.region}:${local.account}:log-group:${name}"]
    }
  }

  statement {
    sid       = "Alarms"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

locals {
  log_groups = {
    steps = "/${var.project}/pipeline"
    # With this prefix Step Functions needs no entry in the account's resource policy for each state machine.
    executions = "/aws/vendedlogs/states/${var.project}"
  }
}

resource "aws_cloudwatch_log_group" "steps" {
  name              = local.log_groups.steps
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.pipeline.arn
}

resource "aws_cloudwatch_log_group" "executions" {
  name              = local.log_groups.executions
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.pipeline.arn
}

resource "aws_sns_topic" "pipeline" {
  name              = "${var.project}-pipeline"
  kms_master_key_id = aws_kms_key.pipeline.arn
}

resource "aws_sns_topic_policy" "pipeline" {
  arn    = aws_sns_topic.pipeline.arn
  policy = data.aws_iam_policy_document.topic.json
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.pipeline.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }

  statement {
    sid       = "OnlyTLS"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.pipeline.arn]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sns_topic_subscription" "pipeline" {
  count = var.alert_email != "" ? 1 : 0

  topic_arn = aws_sns_topic.pipeline.arn
  protocol  = "email"
  endpoint  = var.alert_email
}

# The state machine tells of a step that failed itself; these also see an execution that could not.
resource "aws_cloudwatch_metric_alarm" "executions" {
  for_each = local.pipeline == 1 ? toset(["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"]) : toset([])

  alarm_name          = "${var.project}-${each.key}"
  alarm_description   = "An execution of the pipeline of ${var.project} did not finish"
  namespace           = "AWS/States"
  metric_name         = each.key
  dimensions          = { StateMachineArn = aws_sfn_state_machine.pipeline[0].arn }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.pipeline.arn]
}
