# The workspace that runs the pipeline, and the machines it runs on. The pipeline itself, and its schedule, are handed to the
# workspace by `make pipeline-submit` and `make pipeline-schedule`.
locals {
  # A workspace has at most 33 letters, digits and hyphens.
  workspace = "${trimsuffix(substr(var.project, 0, 24), "-")}-${local.unique}"

  # The definition says which sizes its jobs need; the name of a cluster is the size of its machines.
  definition = yamldecode(file("${path.module}/pipeline.azureml.yml"))
  clusters   = toset([for job in local.definition.jobs : trimprefix(job.compute, "azureml:")])
  # Machines that share a job start only when all of them are there.
  together = [for job in local.definition.jobs : try(job.resources.instance_count, 1)]
}

# What the workspace keeps for itself, such as logs of jobs; apart from runs and models, which it never sees.
resource "azurerm_storage_account" "workspace" {
  #checkov:skip=CKV_AZURE_33:there is no queue
  #checkov:skip=CKV_AZURE_43:the name is put together; tests/pipeline.tftest.hcl measures it
  #checkov:skip=CKV_AZURE_59:the studio and the clusters, which have no network of their own, reach it; only signed-in identities are let in
  #checkov:skip=CKV_AZURE_206:logs are not worth a second region
  #checkov:skip=CKV2_AZURE_1:encrypted twice with keys of the platform; a key of one's own asks for more to operate
  #checkov:skip=CKV2_AZURE_33:the studio and the clusters, which have no network of their own, reach it; only signed-in identities are let in
  name                = "${substr(local.letters, 0, 14)}ml${local.unique}"
  resource_group_name = azurerm_resource_group.project.name
  location            = azurerm_resource_group.project.location
  tags                = local.tags

  account_kind             = "StorageV2"
  account_tier             = "Standard"
  account_replication_type = "LRS"

  infrastructure_encryption_enabled = true
  https_traffic_only_enabled        = true
  min_tls_version                   = "TLS1_2"

  shared_access_key_enabled        = false
  default_to_oauth_authentication  = true
  allow_nested_items_to_be_public  = false
  cross_tenant_replication_enabled = false
  local_user_enabled               = false
  allowed_copy_scope               = "AAD"

  blob_properties {
    delete_retention_policy {
      days = 7
    }

    container_delete_retention_policy {
      days = 7
    }
  }

  sas_policy {
    expiration_period = "07.00:00:00"
    expiration_action = "Log"
  }
}

resource "azurerm_storage_management_policy" "workspace" {
  storage_account_id = azurerm_storage_account.workspace.id

  rule {
    name    = "forget"
    enabled = true

    filters {
      blob_types = ["blockBlob", "appendBlob"]
    }

    actions {
      base_blob {
        delete_after_days_since_modification_greater_than = var.log_retention_days
      }
    }
  }
}

# A workspace cannot be without one; this project keeps nothing in it.
resource "azurerm_key_vault" "workspace" {
  #checkov:skip=CKV_AZURE_109:the workspace reaches it from Azure's own network; only signed-in identities are let in
  #checkov:skip=CKV_AZURE_189:the workspace reaches it from Azure's own network; only signed-in identities are let in
  #checkov:skip=CKV2_AZURE_32:the workspace reaches it from Azure's own network; only signed-in identities are let in
  name                       = local.account
  resource_group_name        = azurerm_resource_group.project.name
  location                   = azurerm_resource_group.project.location
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  soft_delete_retention_days = 90
  tags                       = local.tags
}

resource "azurerm_application_insights" "workspace" {
  name                         = "${var.project}-pipeline"
  resource_group_name          = azurerm_resource_group.project.name
  location                     = azurerm_resource_group.project.location
  application_type             = "web"
  workspace_id                 = azurerm_log_analytics_workspace.project.id
  local_authentication_enabled = false
  retention_in_days            = 90
  tags                         = local.tags
}

resource "azurerm_machine_learning_workspace" "project" {
  #checkov:skip=CKV2_AZURE_49:laptops, CI and people's browsers reach it; a private one needs a network of its own, with a way in
  #checkov:skip=CKV2_AZURE_50:neither runs nor models are in its storage account, which lets nobody in but identities
  #checkov:skip=CKV_AZURE_144:laptops, CI and people's browsers reach it; a private one needs a network of its own, with a way in
  name                = local.workspace
  resource_group_name = azurerm_resource_group.project.name
  location            = azurerm_resource_group.project.location
  tags                = local.tags

  application_insights_id = azurerm_application_insights.workspace.id
  container_registry_id   = azurerm_container_registry.project.id
  key_vault_id            = azurerm_key_vault.workspace.id
  storage_account_id      = azurerm_storage_account.workspace.id

  # Its storage account has no keys.
  storage_account_access_type   = "Identity"
  public_network_access_enabled = true
  # Encrypts the disks of its machines, and lets Azure collect less.
  high_business_impact = true

  # Azure gives it the rights on the four resources above, and on no other, while it makes the workspace.
  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_machine_learning_compute_cluster" "pipeline" {
  for_each = local.clusters

  #checkov:skip=CKV_AZURE_150:no machine runs between two runs, min_node_count is 0
  name                          = each.key
  location                      = azurerm_resource_group.project.location
  machine_learning_workspace_id = azurerm_machine_learning_workspace.project.id
  description                   = "Steps of the pipeline of ${var.project}"
  vm_size                       = upper(replace(each.key, "-", "_"))
  vm_priority                   = "Dedicated"
  # Nobody signs in to the machines.
  local_auth_enabled        = false
  ssh_public_access_enabled = false
  tags                      = local.tags

  scale_settings {
    min_node_count                       = 0
    max_node_count                       = max(var.pipeline_machines, local.together...)
    scale_down_nodes_after_idle_duration = "PT5M"
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.project["pipeline"].id]
  }
}
