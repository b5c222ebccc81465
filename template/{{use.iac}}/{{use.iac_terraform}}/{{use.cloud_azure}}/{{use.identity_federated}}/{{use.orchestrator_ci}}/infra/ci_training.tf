# The jobs that train run for the default branch only, and may do what the pipeline's containers may.
resource "azurerm_user_assigned_identity" "training" {
  count = local.ci_allowed ? 1 : 0

  name                = "${var.project}-training"
  resource_group_name = azurerm_resource_group.project.name
  location            = azurerm_resource_group.project.location
  tags                = local.tags
}

resource "azurerm_federated_identity_credential" "training" {
  count = local.ci_allowed ? 1 : 0

  name                      = "${local.ci.name}-main"
  user_assigned_identity_id = azurerm_user_assigned_identity.training[0].id
  issuer                    = local.ci.issuer
  audience                  = ["api://AzureADTokenExchange"]
  subject                   = local.ci.train
}

resource "azurerm_role_assignment" "training" {
  for_each = { for name, container in azurerm_storage_container.artifacts : name => container if local.ci_allowed }

  scope                = each.value.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.training[0].principal_id
  principal_type       = "ServicePrincipal"
}

output "training_identity" {
  description = "CI variable TRAINING_IDENTITY: client id of jobs that train; null until CI's repository is named."
  value       = one(azurerm_user_assigned_identity.training[*].client_id)
}
