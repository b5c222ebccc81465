# Images of this project, tagged by commit.
resource "azurerm_container_registry" "project" {
  #checkov:skip=CKV_AZURE_139:CI and whatever serves reach it from anywhere; only signed-in identities are let in
  #checkov:skip=CKV_AZURE_163:scanning is Defender's, which is switched on for a whole subscription
  #checkov:skip=CKV_AZURE_164:content trust is retired; images are found by commit
  #checkov:skip=CKV_AZURE_165:images can be built again, a second region is not worth its price
  #checkov:skip=CKV_AZURE_166:only Premium has a quarantine, and nothing here would let images out of it
  #checkov:skip=CKV_AZURE_167:only Premium forgets by itself; the task below does it
  #checkov:skip=CKV_AZURE_233:only Premium spans zones
  #checkov:skip=CKV_AZURE_237:only Premium has endpoints for data
  name                   = local.registry
  resource_group_name    = azurerm_resource_group.project.name
  location               = azurerm_resource_group.project.location
  sku                    = "Standard"
  admin_enabled          = false
  anonymous_pull_enabled = false
  tags                   = local.tags
}

# Keeps the last 50 images.
resource "azurerm_container_registry_task" "tidy" {
  name                  = "tidy"
  container_registry_id = azurerm_container_registry.project.id
  tags                  = local.tags

  platform {
    os = "Linux"
  }

  encoded_step {
    task_content = base64encode(yamlencode({
      version = "v1.1.0"
      steps = [{
        cmd                             = "acr purge --filter '${var.project}:.*' --ago 0d --keep 50 --untagged"
        disableWorkingDirectoryOverride = true
        timeout                         = 3600
      }]
    }))
  }

  timer_trigger {
    name     = "weekly"
    schedule = "0 2 * * 0"
  }
}
