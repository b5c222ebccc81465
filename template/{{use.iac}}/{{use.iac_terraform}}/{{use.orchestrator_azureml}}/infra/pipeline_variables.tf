variable "pipeline_machines" {
  description = "How many machines of a size run at once; a run needs one, and machines stop between two runs."
  type        = number
  default     = 2

  validation {
    condition     = var.pipeline_machines >= 1
    error_message = "A run needs a machine."
  }
}

variable "pipeline_operators" {
  description = "Object IDs of people, groups and programs that may start the pipeline and change its schedule."
  type        = list(string)
  default     = []
}

variable "data_containers" {
  description = "Resource IDs of blob containers that the pipeline reads tables from."
  type        = list(string)
  default     = []
}

variable "alert_email" {
  description = "Address that is notified of failed runs; empty: none."
  type        = string
  default     = ""
}
