# What the containers of this project may do: the pipeline reads and writes artifacts, serving reads models.
# Assign an identity to the resource that runs the container.
resource "azurerm_user_assigned_identity" "project" {
  for_each = toset(["pipeline", "serving"])

  name                = "${var.project}-${each.key}"
  resource_group_name = azurerm_resource_group.project.name
  location            = azurerm_resource_group.project.location
  tags                = local.tags
}

resource "azurerm_role_assignment" "pipeline" {
  for_each = azurerm_storage_container.artifacts

  scope                = each.value.id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = azurerm_user_assigned_identity.project["pipeline"].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "serving" {
  scope                = azurerm_storage_container.artifacts["registry"].id
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = azurerm_user_assigned_identity.project["serving"].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "pull" {
  for_each = azurerm_user_assigned_identity.project

  scope                = azurerm_container_registry.project.id
  role_definition_name = "AcrPull"
  principal_id         = each.value.principal_id
  principal_type       = "ServicePrincipal"
}
