# What the containers of this project may do: the pipeline reads and writes artifacts, serving reads models.
locals {
  objects = "projects/_/buckets/${google_storage_bucket.artifacts.name}/objects"

  models   = "resource.name.startsWith(\"${local.objects}/registry/\")"
  runs     = "resource.name.startsWith(\"${local.objects}/runs/\")"
  accounts = toset(["pipeline", "serving"])
}

resource "google_service_account" "containers" {
  for_each = local.accounts

  account_id   = "${local.short}-${each.key}"
  display_name = "${each.key} of ${var.project}"

  depends_on = [google_project_service.project]
}

# Only accounts that may list can tell a missing file from a forbidden one; this role shows names, no content.
resource "google_storage_bucket_iam_member" "list" {
  for_each = local.accounts

  bucket = google_storage_bucket.artifacts.name
  role   = "roles/storage.legacyBucketReader"
  member = google_service_account.containers[each.key].member
}

resource "google_storage_bucket_iam_member" "write_artifacts" {
  bucket = google_storage_bucket.artifacts.name
  role   = "roles/storage.objectUser"
  member = google_service_account.containers["pipeline"].member

  condition {
    title      = "runs-and-models"
    expression = "${local.runs} || ${local.models}"
  }
}

resource "google_storage_bucket_iam_member" "read_models" {
  bucket = google_storage_bucket.artifacts.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.containers["serving"].member

  condition {
    title      = "models"
    expression = local.models
  }
}

# A machine pulls its image as its own account.
resource "google_artifact_registry_repository_iam_member" "pull" {
  for_each = local.accounts

  location   = google_artifact_registry_repository.project.location
  repository = google_artifact_registry_repository.project.name
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.containers[each.key].member
}
