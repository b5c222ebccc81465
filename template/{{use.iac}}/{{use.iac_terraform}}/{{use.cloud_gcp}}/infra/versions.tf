terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7"
    }
  }

  # The bucket of the state is named in backend.hcl, see backend.hcl.example.
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.region
  # Requests for budgets need a quota project, which the credentials of a user do not have.
  billing_project       = var.project_id
  user_project_override = true
  default_labels        = local.labels
}
