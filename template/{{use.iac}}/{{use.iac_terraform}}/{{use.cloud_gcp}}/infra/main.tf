# It depends on nothing on purpose: if it were read during apply, plans would show changes of all names that use it.
data "google_project" "current" {
  project_id = var.project_id
}

locals {
  number = data.google_project.current.number
  # Bucket names are globally unique and have at most 63 characters: 38 + 1 + up to 14 + 10.
  bucket = "${substr(var.project, 0, 38)}-${local.number}-artifacts"
  # Service accounts and identity pools have at most 30 and 32 characters. A name that is cut gets a part of its hash,
  # so that projects with the same first letters keep different names: 15 + 1 + 4, and 9 for the longest suffix.
  short = length(var.project) <= 20 ? var.project : "${substr(var.project, 0, 15)}-${substr(sha256(var.project), 0, 4)}"
  image = "${var.region}-docker.pkg.dev/${var.project_id}/${var.project}/${var.project}"

  labels = {
    project     = var.project
    environment = var.environment
    managed-by  = "terraform"
  }
}

# What the project uses of Google Cloud. Nothing is switched off again: others may use it, too.
resource "google_project_service" "project" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "billingbudgets.googleapis.com",
    "cloudkms.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "containerscanning.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "monitoring.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
  ])

  service            = each.key
  disable_on_destroy = false
}

# One key for everything that this project stores.
resource "google_kms_key_ring" "project" {
  name     = var.project
  location = var.region

  depends_on = [google_project_service.project]
}

resource "google_kms_crypto_key" "project" {
  #checkov:skip=CKV_GCP_82:a version that was destroyed by mistake can be restored for 30 days
  name                       = "project"
  key_ring                   = google_kms_key_ring.project.id
  rotation_period            = "7776000s" # 90 days
  destroy_scheduled_duration = "2592000s" # 30 days
}

# Cloud Storage and Artifact Registry encrypt and decrypt by themselves; no other account needs the key.
data "google_storage_project_service_account" "project" {}

locals {
  key_users = {
    storage  = "serviceAccount:${data.google_storage_project_service_account.project.email_address}"
    registry = "serviceAccount:service-${local.number}@gcp-sa-artifactregistry.iam.gserviceaccount.com"
  }
}

resource "google_kms_crypto_key_iam_member" "project" {
  for_each = local.key_users

  crypto_key_id = google_kms_crypto_key.project.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
}
