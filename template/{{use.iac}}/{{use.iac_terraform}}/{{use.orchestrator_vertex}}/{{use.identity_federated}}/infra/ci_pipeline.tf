# The job that deploys may start the pipeline and set its schedule, as submitters may; see pipeline_iam.tf.
resource "google_project_iam_member" "deploy_submit" {
  count = local.ci_allowed ? 1 : 0

  project = var.project_id
  role    = google_project_iam_custom_role.submit.id
  member  = google_service_account.deploy[0].member
}

resource "google_service_account_iam_member" "deploy_submit" {
  count = local.ci_allowed ? 1 : 0

  service_account_id = google_service_account.containers["pipeline"].name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.deploy[0].member
}

resource "google_storage_bucket_iam_member" "deploy_submit" {
  count = local.ci_allowed ? 1 : 0

  bucket = google_storage_bucket.pipeline.name
  role   = "roles/storage.legacyBucketReader"
  member = google_service_account.deploy[0].member
}
