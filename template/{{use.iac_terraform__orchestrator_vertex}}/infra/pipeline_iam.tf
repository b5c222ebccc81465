# Who may do what in the pipeline; what its containers may do with artifacts is in iam.tf.

# Vertex AI starts each step in the name of the pipeline's account, which therefore needs these two in the whole project.
resource "google_project_iam_member" "pipeline" {
  for_each = toset(["roles/aiplatform.user", "roles/logging.logWriter"])

  project = var.project_id
  role    = each.key
  member  = google_service_account.containers["pipeline"].member
}

resource "google_storage_bucket_iam_member" "pipeline" {
  bucket = google_storage_bucket.pipeline.name
  role   = "roles/storage.objectUser"
  member = google_service_account.containers["pipeline"].member
}

# Steps may also read the tables that ingest copies.
resource "google_storage_bucket_iam_member" "data" {
  for_each = toset(var.data_buckets)

  bucket = each.key
  role   = "roles/storage.objectViewer"
  member = google_service_account.containers["pipeline"].member
}

# People or programs that are named here, and the job that deploys, may start the pipeline and set its schedule, and
# nothing else of Vertex AI.
locals {
  submitters = merge(
    { for member in var.pipeline_submitters : member => member },
    local.github ? { deploy = google_service_account.deploy[0].member } : {},
  )
}

resource "google_project_iam_custom_role" "submit" {
  role_id     = "${replace(var.project, "-", "_")}_pipeline_submit"
  title       = "Submit the pipeline of ${var.project}"
  description = "Start, stop, schedule and watch runs of Vertex AI Pipelines"
  permissions = [
    "aiplatform.metadataStores.get",
    "aiplatform.pipelineJobs.cancel",
    "aiplatform.pipelineJobs.create",
    "aiplatform.pipelineJobs.get",
    "aiplatform.pipelineJobs.list",
    "aiplatform.schedules.create",
    "aiplatform.schedules.delete",
    "aiplatform.schedules.get",
    "aiplatform.schedules.list",
    "aiplatform.schedules.update",
    # The client makes sure that the bucket is one of this project.
    "resourcemanager.projects.get",
  ]

  depends_on = [google_project_service.pipeline]
}

resource "google_project_iam_member" "submit" {
  for_each = local.submitters

  project = var.project_id
  role    = google_project_iam_custom_role.submit.id
  member  = each.value
}

# A run works in the name of the pipeline's account, so whoever starts one must be allowed to hand it over.
resource "google_service_account_iam_member" "submit" {
  for_each = local.submitters

  service_account_id = google_service_account.containers["pipeline"].name
  role               = "roles/iam.serviceAccountUser"
  member             = each.value
}

resource "google_storage_bucket_iam_member" "submit" {
  for_each = local.submitters

  bucket = google_storage_bucket.pipeline.name
  role   = "roles/storage.legacyBucketReader"
  member = each.value
}
