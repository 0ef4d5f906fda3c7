variable "n" { default = 2 }
locals {
  names = [for i in range(var.n) : "a${i}"]
  text  = jsonencode({ a = local.names, b = try(var.missing, null) })
}
resource "aws_sagemaker_pipeline" "p" {
  pipeline_name       = "p-${terraform.workspace}"
  role_arn            = aws_iam_role.r.arn
  pipeline_definition = jsonencode({ Version = "2020-12-01", Steps = [{ Name = "T", Type = "Training", Arguments = { ResourceConfig = { InstanceType = "ml.m5.xlarge", InstanceCount = var.n, VolumeSizeInGB = 10 } } }] })
}
resource "aws_iam_role" "r" {
  # pipewarden: ignore[IAM001] until=2027-01-01 -- because
  assume_role_policy = <<-JSON
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "sagemaker.amazonaws.com"}}]}
  JSON
  dynamic "inline_policy" {
    for_each = toset(local.names)
    content { name = inline_policy.value }
  }
}
