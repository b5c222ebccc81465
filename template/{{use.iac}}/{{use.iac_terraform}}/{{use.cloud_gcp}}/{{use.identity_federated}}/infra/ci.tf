# What CI's jobs may do: push images and promote models, from one environment of one repository, without stored keys.
locals {
  # Nothing is made for CI before its repository is named.
  ci_allowed = local.ci.repository != ""

  aliases = "resource.name.extract(\"/objects/registry/{model}/aliases/\") != \"\""
}

resource "google_iam_workload_identity_pool" "ci" {
  count = local.ci_allowed ? 1 : 0

  # A pool that was deleted keeps its id for 30 days. An id must not begin with "gcp-", as a project's name may.
  workload_identity_pool_id = "${local.ci.name}-${local.short}"
  display_name              = "CI"
  description               = "Jobs of ${local.ci.repository}"

  depends_on = [google_project_service.project]
}

resource "google_iam_workload_identity_pool_provider" "ci" {
  #checkov:skip=CKV_GCP_125:it wants the claim sub; the provider of CI says which of its claims tell repository, environment and branch
  count = local.ci_allowed ? 1 : 0

  workload_identity_pool_id          = google_iam_workload_identity_pool.ci[0].workload_identity_pool_id
  workload_identity_pool_provider_id = local.ci.name
  display_name                       = "CI"
  attribute_condition                = local.ci.condition

  attribute_mapping = {
    # For audit logs. The claim sub can be longer than the 127 characters that Google takes.
    "google.subject" = local.ci.subject
    "attribute.job"  = "(${local.ci.deploys}) ? \"deploy\" : (${local.ci.trains}) ? \"train\" : \"\""
  }

  oidc {
    issuer_uri = local.ci.issuer
  }
}

resource "google_service_account" "deploy" {
  count = local.ci_allowed ? 1 : 0

  account_id   = "${local.short}-deploy"
  display_name = "deploy of ${var.project}"

  depends_on = [google_project_service.project]
}

resource "google_service_account_iam_member" "deploy" {
  count = local.ci_allowed ? 1 : 0

  service_account_id = google_service_account.deploy[0].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ci[0].name}/attribute.job/deploy"
}

resource "google_artifact_registry_repository_iam_member" "push" {
  count = local.ci_allowed ? 1 : 0

  location   = google_artifact_registry_repository.project.location
  repository = google_artifact_registry_repository.project.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.deploy[0].member
}

resource "google_storage_bucket_iam_member" "deploy_list" {
  count = local.ci_allowed ? 1 : 0

  bucket = google_storage_bucket.artifacts.name
  role   = "roles/storage.legacyBucketReader"
  member = google_service_account.deploy[0].member
}

resource "google_storage_bucket_iam_member" "deploy_read" {
  count = local.ci_allowed ? 1 : 0

  bucket = google_storage_bucket.artifacts.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.deploy[0].member

  condition {
    title      = "models"
    expression = local.models
  }
}

resource "google_storage_bucket_iam_member" "deploy_promote" {
  count = local.ci_allowed ? 1 : 0

  bucket = google_storage_bucket.artifacts.name
  role   = "roles/storage.objectUser"
  member = google_service_account.deploy[0].member

  condition {
    title      = "aliases"
    expression = local.aliases
  }
}

output "workload_identity_provider" {
  description = "CI variable WORKLOAD_IDENTITY_PROVIDER; null until CI's repository is named."
  value       = one(google_iam_workload_identity_pool_provider.ci[*].name)
}

output "deploy_identity" {
  description = "CI variable DEPLOY_IDENTITY: service account of jobs that deploy and promote; null until CI's repository is named."
  value       = one(google_service_account.deploy[*].email)
}
