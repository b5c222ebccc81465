# Images of this project, tagged by commit.
resource "google_artifact_registry_repository" "project" {
  repository_id = var.project
  description   = "Images of ${var.project}"
  location      = var.region
  format        = "DOCKER"
  kms_key_name  = google_kms_crypto_key.project.id

  docker_config {
    immutable_tags = true
  }

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }

  # An image with an immutable tag cannot be deleted; images without a tag are.
  cleanup_policies {
    id     = "untagged"
    action = "DELETE"

    condition {
      tag_state  = "UNTAGGED"
      older_than = "2592000s" # 30 days
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.project]
}
