# The jobs that train run for the default branch only, and may do what the pipeline's containers may.
resource "google_service_account" "training" {
  count = local.ci_allowed ? 1 : 0

  account_id   = "${local.short}-training"
  display_name = "training of ${var.project}"

  depends_on = [google_project_service.project]
}

resource "google_service_account_iam_member" "training" {
  count = local.ci_allowed ? 1 : 0

  service_account_id = google_service_account.training[0].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ci[0].name}/attribute.job/train"
}

resource "google_storage_bucket_iam_member" "training_list" {
  count = local.ci_allowed ? 1 : 0

  bucket = google_storage_bucket.artifacts.name
  role   = "roles/storage.legacyBucketReader"
  member = google_service_account.training[0].member
}

resource "google_storage_bucket_iam_member" "training_write" {
  count = local.ci_allowed ? 1 : 0

  bucket = google_storage_bucket.artifacts.name
  role   = "roles/storage.objectUser"
  member = google_service_account.training[0].member

  condition {
    title      = "runs-and-models"
    expression = "${local.runs} || ${local.models}"
  }
}

output "training_identity" {
  description = "CI variable TRAINING_IDENTITY: service account of jobs that train; null until CI's repository is named."
  value       = one(google_service_account.training[*].email)
}
