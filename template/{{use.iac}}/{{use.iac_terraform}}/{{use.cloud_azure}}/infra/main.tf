data "azurerm_client_config" "current" {}

locals {
  # Names of accounts and registries are globally unique; this tells two subscriptions with the same project apart.
  unique = substr(sha256("${data.azurerm_client_config.current.subscription_id}/${var.project}"), 0, 8)
  # Letters and digits only: at most 24 for storage accounts and key vaults, 50 for registries.
  letters  = replace(var.project, "-", "")
  account  = "${substr(local.letters, 0, 16)}${local.unique}"
  registry = "${local.letters}${local.unique}"
  tags     = { project = var.project, environment = var.environment, managed-by = "terraform" }
}

resource "azurerm_resource_group" "project" {
  name     = var.project
  location = var.region
  tags     = local.tags
}

# Who read and wrote artifacts.
resource "azurerm_log_analytics_workspace" "project" {
  name                         = "${var.project}-logs"
  resource_group_name          = azurerm_resource_group.project.name
  location                     = azurerm_resource_group.project.location
  sku                          = "PerGB2018"
  retention_in_days            = var.log_retention_days
  local_authentication_enabled = false
  tags                         = local.tags
}
