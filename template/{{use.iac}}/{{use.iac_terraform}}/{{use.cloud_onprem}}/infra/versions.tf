terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.69"
    }
  }

  # The bucket of the state is named in backend.hcl, see backend.hcl.example.
  backend "s3" {}
}

# The provider of AWS speaks S3 with your own store.
# It asks AWS nothing: there is no account, no region and no metadata service.
provider "aws" {
  region            = var.region
  s3_use_path_style = true

  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true

  endpoints {
    s3 = var.endpoint
  }
}
