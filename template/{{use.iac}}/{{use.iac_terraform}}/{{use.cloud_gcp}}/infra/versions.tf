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
  # Budgets are asked for in the name of a project, which the credentials of a person do not have.
  billing_project       = var.project_id
  user_project_override = true
  default_labels        = local.labels
}
