# What was made when these files knew of GitHub only has other names now, and is not made again.
moved {
  from = google_iam_workload_identity_pool.github
  to   = google_iam_workload_identity_pool.ci
}

moved {
  from = google_iam_workload_identity_pool_provider.github
  to   = google_iam_workload_identity_pool_provider.ci
}
