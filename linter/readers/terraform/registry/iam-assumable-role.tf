# What modules/iam-assumable-role of terraform-aws-modules/iam makes of its arguments (versions 4 and 5).

variable "create_role" { default = false }
variable "role_name" { default = null }
variable "role_name_prefix" { default = null }
variable "role_path" { default = "/" }
variable "role_description" { default = "" }
variable "role_requires_mfa" { default = true }
variable "mfa_age" { default = 86400 }
variable "role_sts_externalid" { default = [] }
variable "role_permissions_boundary_arn" { default = "" }
variable "max_session_duration" { default = 3600 }
variable "trusted_role_actions" { default = ["sts:AssumeRole", "sts:TagSession"] }
variable "trusted_role_arns" { default = [] }
variable "trusted_role_services" { default = [] }
variable "create_custom_role_trust_policy" { default = false }
variable "custom_role_trust_policy" { default = "" }
variable "custom_role_policy_arns" { default = [] }
variable "inline_policy_statements" { default = [] }
variable "attach_admin_policy" { default = false }
variable "attach_poweruser_policy" { default = false }
variable "attach_readonly_policy" { default = false }
variable "admin_role_policy_arn" { default = "arn:aws:iam::aws:policy/AdministratorAccess" }
variable "poweruser_role_policy_arn" { default = "arn:aws:iam::aws:policy/PowerUserAccess" }
variable "readonly_role_policy_arn" { default = "arn:aws:iam::aws:policy/ReadOnlyAccess" }
variable "tags" { default = {} }

data "aws_iam_policy_document" "assume_role" {
  statement {
    effect  = "Allow"
    actions = var.trusted_role_actions
    dynamic "principals" {
      for_each = length(var.trusted_role_arns) > 0 ? [var.trusted_role_arns] : []
      content {
        type        = "AWS"
        identifiers = principals.value
      }
    }
    dynamic "principals" {
      for_each = length(var.trusted_role_services) > 0 ? [var.trusted_role_services] : []
      content {
        type        = "Service"
        identifiers = principals.value
      }
    }
    dynamic "condition" {
      for_each = length(flatten([var.role_sts_externalid])) > 0 ? [flatten([var.role_sts_externalid])] : []
      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = condition.value
      }
    }
    dynamic "condition" {
      for_each = var.role_requires_mfa ? [true] : []
      content {
        test     = "Bool"
        variable = "aws:MultiFactorAuthPresent"
        values   = ["true"]
      }
    }
    dynamic "condition" {
      for_each = var.role_requires_mfa ? [var.mfa_age] : []
      content {
        test     = "NumericLessThan"
        variable = "aws:MultiFactorAuthAge"
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "this" {
  count                = var.create_role ? 1 : 0
  name                 = var.role_name
  name_prefix          = var.role_name_prefix
  path                 = var.role_path
  description          = var.role_description
  max_session_duration = var.max_session_duration
  permissions_boundary = var.role_permissions_boundary_arn != "" ? var.role_permissions_boundary_arn : null
  assume_role_policy   = var.create_custom_role_trust_policy ? var.custom_role_trust_policy : data.aws_iam_policy_document.assume_role.json
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "custom" {
  count      = var.create_role ? length(var.custom_role_policy_arns) : 0
  role       = aws_iam_role.this[0].name
  policy_arn = var.custom_role_policy_arns[count.index]
}

resource "aws_iam_role_policy_attachment" "admin" {
  count      = var.create_role && var.attach_admin_policy ? 1 : 0
  role       = aws_iam_role.this[0].name
  policy_arn = var.admin_role_policy_arn
}

resource "aws_iam_role_policy_attachment" "poweruser" {
  count      = var.create_role && var.attach_poweruser_policy ? 1 : 0
  role       = aws_iam_role.this[0].name
  policy_arn = var.poweruser_role_policy_arn
}

resource "aws_iam_role_policy_attachment" "readonly" {
  count      = var.create_role && var.attach_readonly_policy ? 1 : 0
  role       = aws_iam_role.this[0].name
  policy_arn = var.readonly_role_policy_arn
}

data "aws_iam_policy_document" "inline" {
  count = var.create_role && length(var.inline_policy_statements) > 0 ? 1 : 0
  dynamic "statement" {
    for_each = var.inline_policy_statements

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
        for_each = try(coalesce(statement.value.conditions, []), [])
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_role_policy" "inline" {
  count  = var.create_role && length(var.inline_policy_statements) > 0 ? 1 : 0
  role   = aws_iam_role.this[0].name
  policy = data.aws_iam_policy_document.inline[0].json
}

output "iam_role_arn" { value = try(aws_iam_role.this[0].arn, "") }
output "iam_role_name" { value = try(aws_iam_role.this[0].name, "") }
output "iam_role_path" { value = try(aws_iam_role.this[0].path, "") }
output "iam_role_unique_id" { value = try(aws_iam_role.this[0].unique_id, "") }
