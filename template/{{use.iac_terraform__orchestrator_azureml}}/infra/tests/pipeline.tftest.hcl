# Runs without an account: `terraform test`.
mock_provider "azurerm" {
  mock_data "azurerm_client_config" {
    defaults = {
      subscription_id = "00000000-0000-0000-0000-000000000000"
      tenant_id       = "11111111-1111-1111-1111-111111111111"
    }
  }
}

run "the_pipeline" {
  command = apply

  variables {
    github_repository  = "owner/name"
    alert_email        = "team@example.com"
    pipeline_operators = ["22222222-2222-2222-2222-222222222222"]
    data_containers    = ["/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a/blobServices/default/containers/tables"]
  }

  assert {
    condition     = toset([for job in local.definition.jobs : trimprefix(job.compute, "azureml:")]) == toset(keys(azurerm_machine_learning_compute_cluster.pipeline))
    error_message = "There must be a cluster for each size that a job asks for."
  }

  assert {
    condition = alltrue([
      for cluster in azurerm_machine_learning_compute_cluster.pipeline : can(regex("^STANDARD_[A-Z0-9_]+$", cluster.vm_size)) && can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", cluster.name))
    ])
    error_message = "A cluster is named like the size of its machines."
  }

  assert {
    condition     = alltrue([for cluster in azurerm_machine_learning_compute_cluster.pipeline : one(cluster.scale_settings).min_node_count == 0])
    error_message = "Nothing may be paid for between two runs."
  }

  assert {
    condition = alltrue([
      for cluster in azurerm_machine_learning_compute_cluster.pipeline : one(cluster.identity).identity_ids == toset([azurerm_user_assigned_identity.project["pipeline"].id])
    ])
    error_message = "Jobs must run as the identity of the pipeline, and as no other."
  }

  assert {
    condition     = alltrue([for cluster in azurerm_machine_learning_compute_cluster.pipeline : !cluster.local_auth_enabled && !cluster.ssh_public_access_enabled])
    error_message = "Nobody may sign in to the machines."
  }

  assert {
    condition     = azurerm_machine_learning_workspace.project.storage_account_access_type == "Identity" && !azurerm_storage_account.workspace.shared_access_key_enabled
    error_message = "The workspace must not use keys."
  }

  assert {
    condition     = azurerm_machine_learning_workspace.project.storage_account_id != azurerm_storage_account.artifacts.id
    error_message = "The workspace must not see runs and models."
  }

  assert {
    condition     = azurerm_key_vault.workspace.rbac_authorization_enabled && azurerm_key_vault.workspace.purge_protection_enabled
    error_message = "Roles decide who opens the vault, and nobody empties it for good."
  }

  assert {
    condition     = alltrue([for role in azurerm_role_assignment.pipeline_data : endswith(role.role_definition_name, "Reader")])
    error_message = "The pipeline may read tables of others, and not write them."
  }

  assert {
    condition = alltrue([
      for role in concat(values(azurerm_role_assignment.operators), azurerm_role_assignment.deploy_pipeline) : role.scope == azurerm_machine_learning_workspace.project.id && role.role_definition_name == "AzureML Data Scientist"
    ])
    error_message = "Operators may start the pipeline, and nothing else."
  }

  assert {
    condition     = one(azurerm_monitor_metric_alert.failed.action).action_group_id == azurerm_monitor_action_group.pipeline.id && one(azurerm_monitor_action_group.pipeline.email_receiver).email_address == "team@example.com"
    error_message = "Failures must be heard."
  }
}

run "names_are_short_enough" {
  command = plan

  variables {
    project = "a-project-whose-name-is-as-long-as-it-ge"
  }

  assert {
    condition     = can(regex("^[a-z][a-z0-9-]{2,32}$", azurerm_machine_learning_workspace.project.name)) && !strcontains(azurerm_machine_learning_workspace.project.name, "--")
    error_message = "A workspace has 3 to 33 letters, digits and hyphens."
  }

  assert {
    condition     = can(regex("^[a-z][a-z0-9]{2,23}$", azurerm_storage_account.workspace.name)) && azurerm_storage_account.workspace.name != azurerm_storage_account.artifacts.name
    error_message = "A storage account has 3 to 24 letters and digits, and a name of its own."
  }

  assert {
    condition     = can(regex("^[a-z][a-z0-9]{2,23}$", azurerm_key_vault.workspace.name))
    error_message = "A key vault has 3 to 24 letters and digits."
  }
}

run "without_somebody_to_tell_nobody_is_told" {
  command = plan

  assert {
    condition     = length(azurerm_monitor_action_group.pipeline.email_receiver) == 0
    error_message = "There must be no empty address."
  }
}

run "a_run_needs_a_machine" {
  command = plan

  variables {
    pipeline_machines = 0
  }

  expect_failures = [var.pipeline_machines]
}
