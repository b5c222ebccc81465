# What CI's jobs may do: push images and promote models, from one environment of one repository, without stored keys.
locals {
  # Nothing is made for CI before its repository is named.
  ci_allowed = local.ci.repository != ""

  # Models are read as they are; only the aliases, which say what serves, are written.
  aliases_only = <<-EOT
    (
      (
        !(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write'})
        AND
        !(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action'})
        AND
        !(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete'})
      )
      OR
      (
        @Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringLike '*/aliases/*'
      )
    )
  EOT
}

resource "azurerm_user_assigned_identity" "deploy" {
  count = local.ci_allowed ? 1 : 0

  name                = "${var.project}-deploy"
  resource_group_name = azurerm_resource_group.project.name
  location            = azurerm_resource_group.project.location
  tags                = local.tags
}

resource "azurerm_federated_identity_credential" "deploy" {
  count = local.ci_allowed ? 1 : 0

  name                      = "${local.ci.name}-${var.environment}"
  user_assigned_identity_id = azurerm_user_assigned_identity.deploy[0].id
  issuer                    = local.ci.issuer
  audience                  = ["api://AzureADTokenExchange"]
  subject                   = local.ci.deploy
}

resource "azurerm_role_assignment" "push" {
  count = local.ci_allowed ? 1 : 0

  scope                = azurerm_container_registry.project.id
  role_definition_name = "AcrPush"
  principal_id         = azurerm_user_assigned_identity.deploy[0].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "promote" {
  count = local.ci_allowed ? 1 : 0

  scope                = azurerm_storage_container.artifacts["registry"].id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.deploy[0].principal_id
  principal_type       = "ServicePrincipal"
  condition            = local.aliases_only
  condition_version    = "2.0"
}

output "deploy_identity" {
  description = "CI variable DEPLOY_IDENTITY: client id of jobs that deploy and promote; null until CI's repository is named."
  value       = one(azurerm_user_assigned_identity.deploy[*].client_id)
}

output "tenant_id" {
  description = "CI variable TENANT_ID."
  value       = data.azurerm_client_config.current.tenant_id
}

output "subscription_id" {
  description = "CI variable SUBSCRIPTION_ID."
  value       = data.azurerm_client_config.current.subscription_id
}
