terraform {
  required_version = ">= 1.9"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.10"
    }
  }

  # The storage account of the state is named in backend.hcl, see backend.hcl.example.
  backend "azurerm" {}
}

# The subscription is that of ARM_SUBSCRIPTION_ID.
provider "azurerm" {
  # The storage accounts here have no keys that could be used.
  storage_use_azuread = true

  features {}
}
