# What the cloud has to know about GitLab; what its jobs may do there is in ci.tf.
variable "gitlab_project" {
  description = "Path of the project whose jobs may deploy, group/name; empty trusts none."
  type        = string
  default     = ""

  validation {
    condition     = var.gitlab_project == "" || can(regex("^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+$", var.gitlab_project))
    error_message = "Expected group/name, or group/subgroup/name."
  }

  # A token names the tier of an environment in its subject, and not the environment.
  validation {
    condition     = var.gitlab_project == "" || contains(["production", "staging", "testing", "development"], var.environment)
    error_message = "The environment must have the name of its tier on GitLab: production, staging, testing or development."
  }
}

variable "gitlab_url" {
  description = "Address of GitLab, which signs the tokens of its jobs. The cloud has to reach it."
  type        = string
  default     = "https://gitlab.com"

  validation {
    condition     = can(regex("^https://[^/]+$", var.gitlab_url))
    error_message = "Expected https:// and the name of the host, without a slash at the end."
  }
}

locals {
  # Whatever a merge request or another branch runs, it is none of these jobs.
  gitlab_main = "assertion.ref_path == \"refs/heads/main\""

  ci = {
    # In the ids of what is made for CI.
    name       = "gitlab"
    repository = var.gitlab_project
    issuer     = var.gitlab_url

    # The claim sub of jobs that deploy, and of jobs that train, once the project's tokens have the tier in it.
    deploy = "project_path:${var.gitlab_project}:ref_type:branch:ref:main:deployment_tier:${var.environment}"
    train  = "project_path:${var.gitlab_project}:ref_type:branch:ref:main:deployment_tier:other"

    # The same as expressions on claims, for clouds that decide by these: whose jobs get access, which of them deploy,
    # which train, and what audit logs call them.
    condition = "assertion.project_path == \"${var.gitlab_project}\""
    deploys   = "${local.gitlab_main} && has(assertion.environment) && assertion.environment == \"${var.environment}\""
    trains    = "${local.gitlab_main} && has(assertion.environment) && assertion.environment == \"training\""
    subject   = "assertion.project_id + \":\" + assertion.job_id"
  }
}
