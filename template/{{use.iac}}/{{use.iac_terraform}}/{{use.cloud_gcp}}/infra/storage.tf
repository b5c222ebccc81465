# Runs and registered models.
resource "google_storage_bucket" "artifacts" {
  name                        = local.bucket
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  encryption {
    default_kms_key_name = google_kms_crypto_key.project.id
  }

  logging {
    log_bucket        = google_storage_bucket.logs.name
    log_object_prefix = "artifacts"
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      with_state                 = "ARCHIVED"
      days_since_noncurrent_time = 90
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }

    condition {
      age = 7
    }
  }

  lifecycle_rule {
    action {
      type          = "SetStorageClass"
      storage_class = "NEARLINE"
    }

    condition {
      age                   = 30
      matches_prefix        = ["runs/"]
      matches_storage_class = ["STANDARD"]
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.project]
}

# Who read and wrote artifacts, kept for a year.
resource "google_storage_bucket" "logs" {
  #checkov:skip=CKV_GCP_62:this is the log bucket itself
  name                        = "${substr(var.project, 0, 38)}-${local.number}-logs"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      age = 365
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      with_state                 = "ARCHIVED"
      days_since_noncurrent_time = 30
    }
  }

  depends_on = [google_project_service.project]
}

# Cloud Storage writes its usage logs as this group, which is Google's; an organisation that admits members of its own
# domain only has to except it.
resource "google_storage_bucket_iam_member" "logs" {
  bucket = google_storage_bucket.logs.name
  role   = "roles/storage.objectCreator"
  member = "group:cloud-storage-analytics@google.com"
}
