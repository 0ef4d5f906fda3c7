# ${var.team}-scoring: what <aws_iam_role.scoring.arn> needs
# fill in the image: <var.image>
data "aws_iam_policy_document" "least_privilege" {
  statement {
    sid = "RunJobs0"
    actions = [
      "sagemaker:CreateProcessingJob",
      "sagemaker:DescribeProcessingJob",
      "sagemaker:StopProcessingJob",
    ]
    resources = ["arn:aws:sagemaker:*:*:processing-job/pipelines-*"]
  }

  statement {
    sid       = "TagWhatRuns"
    actions   = ["sagemaker:AddTags", "sagemaker:ListTags"]
    resources = ["arn:aws:sagemaker:*:*:processing-job/pipelines-*"]
  }

  statement {
    sid       = "PassRoles0"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.scoring.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }

  statement {
    sid = "PullImages"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
    ]
    resources = ["arn:aws:ecr:*:*:repository/${var.image}"]
  }

  statement {
    sid       = "LogInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid = "WriteLogs"
    actions = [
      "logs:CreateLogGroup",
      "logs:CreateLogStream",
      "logs:DescribeLogStreams",
      "logs:PutLogEvents",
    ]
    resources = ["arn:aws:logs:*:*:log-group:/aws/sagemaker/*"]
  }

  statement {
    sid       = "WriteMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringLike"
      variable = "cloudwatch:namespace"
      values   = ["/aws/sagemaker/*"]
    }
  }
}

