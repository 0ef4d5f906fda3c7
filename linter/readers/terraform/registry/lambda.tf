# What terraform-aws-modules/lambda makes of its arguments (versions 4 to 8), as far as rules look at it.

variable "create" { default = true }
variable "create_function" { default = true }
variable "create_layer" { default = false }
variable "create_role" { default = true }
variable "function_name" { default = "" }
variable "description" { default = "" }
variable "runtime" { default = "" }
variable "handler" { default = "" }
variable "package_type" { default = "Zip" }
variable "image_uri" { default = null }
variable "memory_size" { default = 128 }
variable "timeout" { default = 3 }
variable "kms_key_arn" { default = null }
variable "environment_variables" { default = {} }
variable "vpc_subnet_ids" { default = null }
variable "vpc_security_group_ids" { default = null }
variable "lambda_role" { default = "" }
variable "role_name" { default = null }
variable "role_path" { default = null }
variable "role_permissions_boundary" { default = null }
variable "attach_policy" { default = false }
variable "policy" { default = null }
variable "attach_policies" { default = false }
variable "policies" { default = [] }
variable "attach_policy_json" { default = false }
variable "policy_json" { default = null }
variable "attach_policy_jsons" { default = false }
variable "policy_jsons" { default = [] }
variable "attach_policy_statements" { default = false }
variable "policy_statements" { default = {} }
variable "tags" { default = {} }
variable "region" { default = null }

locals {
  function = var.create && var.create_function && !var.create_layer
  role     = local.function && var.create_role
}

data "aws_iam_policy_document" "assume_role" {
  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "lambda" {
  count                = local.role ? 1 : 0
  name                 = coalesce(var.role_name, var.function_name, "*")
  path                 = var.role_path
  permissions_boundary = var.role_permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.assume_role.json
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "additional_one" {
  count      = local.role && var.attach_policy ? 1 : 0
  role       = aws_iam_role.lambda[0].name
  policy_arn = var.policy
}

resource "aws_iam_role_policy_attachment" "additional_many" {
  count      = local.role && var.attach_policies ? length(var.policies) : 0
  role       = aws_iam_role.lambda[0].name
  policy_arn = var.policies[count.index]
}

resource "aws_iam_role_policy" "additional_json" {
  count  = local.role && var.attach_policy_json ? 1 : 0
  role   = aws_iam_role.lambda[0].name
  policy = var.policy_json
}

resource "aws_iam_role_policy" "additional_jsons" {
  count  = local.role && var.attach_policy_jsons ? length(var.policy_jsons) : 0
  role   = aws_iam_role.lambda[0].name
  policy = var.policy_jsons[count.index]
}

data "aws_iam_policy_document" "additional_inline" {
  count = local.role && var.attach_policy_statements ? 1 : 0
  dynamic "statement" {
    for_each = var.policy_statements

    content {
      sid           = try(statement.value.sid, null)
      effect        = try(statement.value.effect, null)
      actions       = try(statement.value.actions, null)
      not_actions   = try(statement.value.not_actions, null)
      resources     = try(statement.value.resources, null)
      not_resources = try(statement.value.not_resources, null)
      dynamic "principals" {
        for_each = try(coalesce(statement.value.principals, []), [])
        content {
          type        = principals.value.type
          identifiers = principals.value.identifiers
        }
      }
      dynamic "condition" {
        for_each = try(coalesce(statement.value.condition, []), [])
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_role_policy" "additional_inline" {
  count  = local.role && var.attach_policy_statements ? 1 : 0
  role   = aws_iam_role.lambda[0].name
  policy = data.aws_iam_policy_document.additional_inline[0].json
}

resource "aws_lambda_function" "this" {
  count         = local.function ? 1 : 0
  region        = var.region
  function_name = var.function_name
  description   = var.description
  role          = var.create_role ? aws_iam_role.lambda[0].arn : var.lambda_role
  handler       = var.package_type != "Zip" ? null : var.handler
  runtime       = var.package_type != "Zip" ? null : var.runtime
  package_type  = var.package_type
  image_uri     = var.image_uri
  memory_size   = var.memory_size
  timeout       = var.timeout
  kms_key_arn   = var.kms_key_arn
  tags          = var.tags
  dynamic "environment" {
    for_each = length(keys(var.environment_variables)) == 0 ? [] : [true]
    content {
      variables = var.environment_variables
    }
  }
  dynamic "vpc_config" {
    for_each = var.vpc_subnet_ids != null && var.vpc_security_group_ids != null ? [true] : []
    content {
      subnet_ids         = var.vpc_subnet_ids
      security_group_ids = var.vpc_security_group_ids
    }
  }
}

output "lambda_function_arn" { value = try(aws_lambda_function.this[0].arn, "") }
output "lambda_function_name" { value = try(aws_lambda_function.this[0].function_name, "") }
output "lambda_function_invoke_arn" { value = try(aws_lambda_function.this[0].invoke_arn, "") }
output "lambda_function_qualified_arn" { value = try(aws_lambda_function.this[0].qualified_arn, "") }
output "lambda_role_arn" { value = try(aws_iam_role.lambda[0].arn, "") }
output "lambda_role_name" { value = try(aws_iam_role.lambda[0].name, "") }
