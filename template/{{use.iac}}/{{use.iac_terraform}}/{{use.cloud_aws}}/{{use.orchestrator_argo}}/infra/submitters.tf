variable "submitter_arns" {
  description = "IAM roles or users that may start runs in the cluster."
  type        = list(string)
  default     = []
}

# The group is bound to a role of the namespace in deploy/cluster/argo.yaml.
resource "aws_eks_access_entry" "submitters" {
  for_each = local.cluster ? toset(var.submitter_arns) : toset([])

  cluster_name      = var.cluster_name
  principal_arn     = each.value
  kubernetes_groups = ["${local.namespace}-submitters"]
}
