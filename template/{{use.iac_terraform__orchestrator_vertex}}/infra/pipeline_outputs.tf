output "pipeline_root" {
  description = "Where Vertex AI keeps what steps hand over."
  value       = "gs://${google_storage_bucket.pipeline.name}"
}

output "pipeline_kms_key" {
  description = "Key for the disks and metadata of runs."
  value       = google_kms_crypto_key.pipeline.id

  depends_on = [google_kms_crypto_key_iam_member.pipeline]
}
