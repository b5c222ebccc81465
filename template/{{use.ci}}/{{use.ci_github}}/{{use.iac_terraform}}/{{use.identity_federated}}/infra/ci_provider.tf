# What the cloud has to know about GitHub; what its jobs may do there is in ci.tf.
variable "github_repository" {
  description = "The repository whose workflows may deploy, as its tokens name it: owner@id/name@id, or owner/name for a repository older than July 2026; empty trusts none."
  type        = string
  default     = ""

  validation {
    condition     = var.github_repository == "" || can(regex("^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$|^[A-Za-z0-9._-]+@[0-9]+/[A-Za-z0-9._-]+@[0-9]+$", var.github_repository))
    error_message = "Expected owner/name, or owner@id/name@id."
  }
}

locals {
  # The claim repository has no ids, whatever form the claim sub has.
  github_name = replace(var.github_repository, "/@[0-9]+/", "")

  ci = {
    # In the ids of what is made for CI.
    name       = "github"
    repository = var.github_repository
    issuer     = "https://token.actions.githubusercontent.com"

    # The claim sub of jobs that deploy, and of jobs that train.
    deploy = "repo:${var.github_repository}:environment:${var.environment}"
    train  = "repo:${var.github_repository}:ref:refs/heads/main"

    # The same as expressions on claims, for clouds that decide by these: whose jobs get access, which of them deploy,
    # which train, and what audit logs call them.
    condition = "assertion.repository == \"${local.github_name}\""
    deploys   = "has(assertion.environment) && assertion.environment == \"${var.environment}\""
    trains    = "assertion.ref == \"refs/heads/main\""
    subject   = "assertion.repository_id + \":\" + assertion.run_id"
  }
}
