# What was made when these files knew of GitHub only has other names now, and is not made again.
moved {
  from = aws_iam_openid_connect_provider.github
  to   = aws_iam_openid_connect_provider.ci
}
