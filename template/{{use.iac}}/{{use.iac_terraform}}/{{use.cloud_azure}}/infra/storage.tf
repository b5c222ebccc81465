# Runs and registered models, a container each.
resource "azurerm_storage_account" "artifacts" {
  #checkov:skip=CKV_AZURE_33:if there is a queue, its messages name files and nothing more
  #checkov:skip=CKV_AZURE_43:the name is put together; tests/project.tftest.hcl measures it
  #checkov:skip=CKV_AZURE_59:laptops, CI and serving reach it from anywhere; only signed-in identities are let in
  #checkov:skip=CKV_AZURE_206:artifacts can be made again from data and code, a second region is not worth its price
  #checkov:skip=CKV2_AZURE_1:encrypted twice with keys of the platform; a key of your own needs a key vault that you operate
  #checkov:skip=CKV2_AZURE_33:laptops, CI and serving reach it from anywhere; only signed-in identities are let in
  name                = local.account
  resource_group_name = azurerm_resource_group.project.name
  location            = azurerm_resource_group.project.location
  tags                = local.tags

  account_kind             = "StorageV2"
  account_tier             = "Standard"
  account_replication_type = var.replication

  infrastructure_encryption_enabled = true
  https_traffic_only_enabled        = true
  min_tls_version                   = "TLS1_2"

  # No keys, no anonymous readers, no copies elsewhere: identities only.
  shared_access_key_enabled        = false
  default_to_oauth_authentication  = true
  allow_nested_items_to_be_public  = false
  cross_tenant_replication_enabled = false
  local_user_enabled               = false
  allowed_copy_scope               = "AAD"

  sas_policy {
    expiration_period = "00.01:00:00"
    expiration_action = "Block"
  }

  blob_properties {
    versioning_enabled = true

    delete_retention_policy {
      days = 30
    }

    container_delete_retention_policy {
      days = 30
    }
  }
}

resource "azurerm_storage_container" "artifacts" {
  for_each = toset(["runs", "registry"])

  #checkov:skip=CKV2_AZURE_21:azurerm_monitor_diagnostic_setting.artifacts logs who reads
  name                  = each.key
  storage_account_id    = azurerm_storage_account.artifacts.id
  container_access_type = "private"
}

resource "azurerm_storage_management_policy" "artifacts" {
  storage_account_id = azurerm_storage_account.artifacts.id

  rule {
    name    = "tidy"
    enabled = true

    filters {
      blob_types = ["blockBlob"]
    }

    actions {
      version {
        delete_after_days_since_creation = 90
      }
    }
  }

  rule {
    name    = "cool-runs"
    enabled = true

    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["runs/"]
    }

    actions {
      base_blob {
        tier_to_cool_after_days_since_modification_greater_than = 30
      }
    }
  }
}

resource "azurerm_monitor_diagnostic_setting" "artifacts" {
  name                       = "access"
  target_resource_id         = "${azurerm_storage_account.artifacts.id}/blobServices/default"
  log_analytics_workspace_id = azurerm_log_analytics_workspace.project.id

  dynamic "enabled_log" {
    for_each = toset(["StorageRead", "StorageWrite", "StorageDelete"])

    content {
      category = enabled_log.key
    }
  }
}
