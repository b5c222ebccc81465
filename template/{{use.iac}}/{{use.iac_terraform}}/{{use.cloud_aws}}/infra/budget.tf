resource "aws_budgets_budget" "project" {
  count = var.monthly_budget > 0 && var.budget_email != "" ? 1 : 0

  name         = var.project
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = [format("user:project$%s", var.project)]
  }

  dynamic "notification" {
    for_each = { actual = 80, forecasted = 100 }

    content {
      comparison_operator        = "GREATER_THAN"
      notification_type          = upper(notification.key)
      threshold                  = notification.value
      threshold_type             = "PERCENTAGE"
      subscriber_email_addresses = [var.budget_email]
    }
  }
}
