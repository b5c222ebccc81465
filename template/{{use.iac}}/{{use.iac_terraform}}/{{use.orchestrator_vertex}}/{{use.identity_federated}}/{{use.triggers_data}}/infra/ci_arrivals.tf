# The job that deploys also writes what new data starts. It may already list the bucket.
resource "google_storage_bucket_iam_member" "deploy_keep_job" {
  count = local.ci_allowed ? 1 : 0

  bucket = google_storage_bucket.artifacts.name
  role   = "roles/storage.objectUser"
  member = google_service_account.deploy[0].member

  condition {
    title      = "job"
    expression = "resource.name == \"${local.objects}/${local.job_object}\""
  }
}
