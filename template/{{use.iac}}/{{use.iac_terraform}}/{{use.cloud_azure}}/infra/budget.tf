resource "azurerm_consumption_budget_resource_group" "project" {
  count = var.monthly_budget > 0 && var.budget_email != "" ? 1 : 0

  name              = var.project
  resource_group_id = azurerm_resource_group.project.id
  amount            = var.monthly_budget
  time_grain        = "Monthly"

  time_period {
    start_date = formatdate("YYYY-MM-01'T'00:00:00'Z'", plantimestamp())
  }

  dynamic "notification" {
    for_each = { Actual = 80, Forecasted = 100 }

    content {
      operator       = "GreaterThan"
      threshold      = notification.value
      threshold_type = notification.key
      contact_emails = [var.budget_email]
    }
  }

  lifecycle {
    # It begins in the month in which it was created; a later date would create it again.
    ignore_changes = [time_period]
  }
}
