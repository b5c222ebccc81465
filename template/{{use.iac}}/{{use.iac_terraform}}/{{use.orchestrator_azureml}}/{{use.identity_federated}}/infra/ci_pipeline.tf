# The job that deploys submits the pipeline and its schedule to the workspace, as operators do.
resource "azurerm_role_assignment" "deploy_pipeline" {
  count = local.ci_allowed ? 1 : 0

  scope                = azurerm_machine_learning_workspace.project.id
  role_definition_name = "AzureML Data Scientist"
  principal_id         = azurerm_user_assigned_identity.deploy[0].principal_id
  principal_type       = "ServicePrincipal"
}
