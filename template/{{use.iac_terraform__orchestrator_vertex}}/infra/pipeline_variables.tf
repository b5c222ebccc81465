variable "pipeline_submitters" {
  description = "Who may run `make pipeline-submit`, as IAM writes members, such as user:ANN@EXAMPLE.COM or group:TEAM@EXAMPLE.COM."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.pipeline_submitters : can(regex("^(user|group|serviceAccount|principal|principalSet):", member))])
    error_message = "Expected user:…, group:…, serviceAccount:… or principal://…; nobody is let in whom Google does not know."
  }
}

variable "data_buckets" {
  description = "Buckets that the pipeline reads tables from, beside its own."
  type        = list(string)
  default     = []
}

variable "alert_email" {
  description = "Who is told of runs that fail; empty tells nobody, the console shows them."
  type        = string
  default     = ""
}
