locals {
  budget = var.monthly_budget > 0 && var.budget_email != "" && var.billing_account != "" ? 1 : 0
}

resource "google_monitoring_notification_channel" "budget" {
  count = local.budget

  display_name = "Budget of ${var.project}"
  type         = "email"
  labels       = { email_address = var.budget_email }

  depends_on = [google_project_service.project]
}

# For the whole Google Cloud project: not everything that costs money can have a label.
resource "google_billing_budget" "project" {
  count = local.budget

  billing_account = var.billing_account
  display_name    = var.project

  budget_filter {
    projects        = ["projects/${local.number}"]
    calendar_period = "MONTH"
  }

  amount {
    specified_amount {
      currency_code = var.budget_currency
      units         = tostring(floor(var.monthly_budget))
    }
  }

  dynamic "threshold_rules" {
    for_each = { CURRENT_SPEND = 0.8, FORECASTED_SPEND = 1.0 }

    content {
      spend_basis       = threshold_rules.key
      threshold_percent = threshold_rules.value
    }
  }

  all_updates_rule {
    monitoring_notification_channels = [google_monitoring_notification_channel.budget[0].id]
    disable_default_iam_recipients   = true
  }

  depends_on = [google_project_service.project]
}
