# Jobs run as the identity of the pipeline. Beside runs and models it reads the tables it is told to, and leaves what one job
# tells the next in the storage account of the workspace.
resource "azurerm_role_assignment" "pipeline_workspace" {
  scope                = azurerm_storage_account.workspace.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.project["pipeline"].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "pipeline_data" {
  for_each = toset(var.data_containers)

  scope                = each.key
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = azurerm_user_assigned_identity.project["pipeline"].principal_id
  principal_type       = "ServicePrincipal"
}

# Who hands pipelines and schedules to the workspace: people, and the workflow that deploys. Neither may change its machines.
resource "azurerm_role_assignment" "operators" {
  for_each = toset(var.pipeline_operators)

  scope                = azurerm_machine_learning_workspace.project.id
  role_definition_name = "AzureML Data Scientist"
  principal_id         = each.key
}

resource "azurerm_role_assignment" "deploy_pipeline" {
  count = local.github ? 1 : 0

  scope                = azurerm_machine_learning_workspace.project.id
  role_definition_name = "AzureML Data Scientist"
  principal_id         = azurerm_user_assigned_identity.deploy[0].principal_id
  principal_type       = "ServicePrincipal"
}
