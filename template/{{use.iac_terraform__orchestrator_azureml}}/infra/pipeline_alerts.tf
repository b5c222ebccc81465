# Who hears of runs that fail.
resource "azurerm_monitor_action_group" "pipeline" {
  name                = "${var.project}-pipeline"
  resource_group_name = azurerm_resource_group.project.name
  short_name          = "pipeline"
  tags                = local.tags

  dynamic "email_receiver" {
    for_each = toset([for address in [var.alert_email] : address if address != ""])

    content {
      name                    = "people"
      email_address           = email_receiver.key
      use_common_alert_schema = true
    }
  }
}

resource "azurerm_monitor_metric_alert" "failed" {
  name                = "${var.project}-failed-runs"
  resource_group_name = azurerm_resource_group.project.name
  scopes              = [azurerm_machine_learning_workspace.project.id]
  description         = "A run of the pipeline of ${var.project} failed; the studio of the workspace says why"
  severity            = 1
  frequency           = "PT5M"
  window_size         = "PT5M"
  tags                = local.tags

  criteria {
    metric_namespace = "Microsoft.MachineLearningServices/workspaces"
    metric_name      = "Failed Runs"
    aggregation      = "Total"
    operator         = "GreaterThan"
    threshold        = 0
  }

  action {
    action_group_id = azurerm_monitor_action_group.pipeline.id
  }
}

# What ran when, also after the workspace has forgotten it.
resource "azurerm_monitor_diagnostic_setting" "workspace" {
  name                       = "runs"
  target_resource_id         = azurerm_machine_learning_workspace.project.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.project.id

  dynamic "enabled_log" {
    for_each = toset(["AmlComputeJobEvent", "AmlRunStatusChangedEvent"])

    content {
      category = enabled_log.key
    }
  }
}
