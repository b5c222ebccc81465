# Where Vertex AI Pipelines keeps what its steps hand over. Runs and models are in the artifact bucket, as everywhere.
# Pipelines and schedules are made with Vertex AI's own client, Terraform's provider knows neither: `make pipeline-submit`.
resource "google_project_service" "pipeline" {
  for_each = toset([
    "aiplatform.googleapis.com",
    "compute.googleapis.com",
    "logging.googleapis.com",
  ])

  service            = each.key
  disable_on_destroy = false
}

resource "google_storage_bucket" "pipeline" {
  #checkov:skip=CKV_GCP_78:what is handed from step to step is not worth a second version
  name                        = "${substr(var.project, 0, 38)}-${local.number}-pipeline"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  encryption {
    default_kms_key_name = google_kms_crypto_key.project.id
  }

  logging {
    log_bucket        = google_storage_bucket.logs.name
    log_object_prefix = "pipeline"
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      age = 90
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.project]
}

# The disks and metadata of runs. Vertex AI does not get the key of the artifacts.
resource "google_kms_crypto_key" "pipeline" {
  #checkov:skip=CKV_GCP_82:a version that was destroyed by mistake can be restored for 30 days
  name                       = "pipeline"
  key_ring                   = google_kms_key_ring.project.id
  rotation_period            = "7776000s" # 90 days
  destroy_scheduled_duration = "2592000s" # 30 days
}

resource "google_kms_crypto_key_iam_member" "pipeline" {
  crypto_key_id = google_kms_crypto_key.pipeline.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:service-${local.number}@gcp-sa-aiplatform.iam.gserviceaccount.com"

  depends_on = [google_project_service.pipeline]
}
