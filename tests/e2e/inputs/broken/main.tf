# A template whose third line of code Terraform refuses: two arguments in a one-line block.
data "aws_iam_policy_document" "trust" {
  statement {
    principals { type = "Service", identifiers = ["sagemaker.amazonaws.com"] }
    actions = ["sts:AssumeRole"]
  }
}

resource "aws_iam_role" "scoring" {
  name               = "${var.team}-scoring"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "scoring" {
  role = aws_iam_role.scoring.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:*"], Resource = [var.bucket_arn, "${var.bucket_arn}/*"] },
      { Effect = "Allow", Action = ["sagemaker:*"], Resource = "*" },
    ]
  })
}

resource "aws_sagemaker_pipeline" "scoring" {
  pipeline_name         = "${var.team}-scoring"
  pipeline_display_name = "scoring"
  role_arn              = aws_iam_role.scoring.arn

  pipeline_definition = jsonencode({
    Version = "2020-12-01"
    Steps = [{
      Name = "Prepare"
      Type = "Processing"
      Arguments = {
        ProcessingResources = {
          ClusterConfig = { InstanceType = "ml.m5.xlarge", InstanceCount = 1, VolumeSizeInGB = 30 }
        }
        AppSpecification = { ImageUri = var.image }
        RoleArn          = aws_iam_role.scoring.arn
      }
    }]
  })
}

variable "team" { type = string }
variable "bucket_arn" { type = string }
variable "image" { type = string }
