# What modules/iam-policy of terraform-aws-modules/iam makes of its arguments (versions 4 to 6).

variable "create" { default = true }
variable "create_policy" { default = true }
variable "name" { default = null }
variable "name_prefix" { default = null }
variable "path" { default = null }
variable "description" { default = null }
variable "policy" { default = "" }
variable "tags" { default = {} }

resource "aws_iam_policy" "policy" {
  count       = var.create && var.create_policy ? 1 : 0
  name        = var.name
  name_prefix = var.name_prefix
  path        = var.path
  description = var.description
  policy      = var.policy
  tags        = var.tags
}

output "id" { value = try(aws_iam_policy.policy[0].id, null) }
output "arn" { value = try(aws_iam_policy.policy[0].arn, null) }
output "name" { value = try(aws_iam_policy.policy[0].name, null) }
output "path" { value = try(aws_iam_policy.policy[0].path, null) }
output "policy" { value = try(aws_iam_policy.policy[0].policy, null) }
output "description" { value = try(aws_iam_policy.policy[0].description, null) }
