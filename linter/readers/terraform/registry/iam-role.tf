# What modules/iam-role of terraform-aws-modules/iam makes of its arguments (version 6).

variable "create" { default = true }
variable "name" { default = null }
variable "use_name_prefix" { default = true }
variable "path" { default = null }
variable "description" { default = null }
variable "max_session_duration" { default = null }
variable "permissions_boundary" { default = null }
variable "trust_policy_permissions" { default = {} }
variable "policies" { default = {} }
variable "enable_oidc" { default = false }
variable "enable_github_oidc" { default = false }
variable "enable_bitbucket_oidc" { default = false }
variable "enable_saml" { default = false }
variable "create_inline_policy" { default = false }
variable "source_inline_policy_documents" { default = [] }
variable "override_inline_policy_documents" { default = [] }
variable "inline_policy_permissions" { default = {} }
variable "tags" { default = {} }

data "aws_iam_policy_document" "this" {
  count = var.create ? 1 : 0
  dynamic "statement" {
    for_each = var.trust_policy_permissions != null ? var.trust_policy_permissions : {}

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

locals {
  federated = var.enable_oidc || var.enable_github_oidc || var.enable_bitbucket_oidc || var.enable_saml
}

# Statements for identity providers are not written out here: with them the trust policy is not known.
data "terraform_remote_state" "federated" {
  backend = "local"
}

resource "aws_iam_role" "this" {
  count                = var.create ? 1 : 0
  name                 = var.use_name_prefix ? null : var.name
  name_prefix          = var.use_name_prefix ? "${var.name}-" : null
  path                 = var.path
  description          = var.description
  assume_role_policy   = local.federated ? data.terraform_remote_state.federated.outputs.trust : data.aws_iam_policy_document.this[0].json
  max_session_duration = var.max_session_duration
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each   = { for k, v in var.policies : k => v if var.create }
  policy_arn = each.value
  role       = aws_iam_role.this[0].name
}

data "aws_iam_policy_document" "inline" {
  count                     = var.create && var.create_inline_policy ? 1 : 0
  source_policy_documents   = var.source_inline_policy_documents
  override_policy_documents = var.override_inline_policy_documents
  dynamic "statement" {
    for_each = var.inline_policy_permissions != null ? var.inline_policy_permissions : {}

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

resource "aws_iam_role_policy" "inline" {
  count  = var.create && var.create_inline_policy ? 1 : 0
  role   = aws_iam_role.this[0].name
  name   = var.use_name_prefix ? null : var.name
  policy = data.aws_iam_policy_document.inline[0].json
}

output "name" { value = try(aws_iam_role.this[0].name, null) }
output "arn" { value = try(aws_iam_role.this[0].arn, null) }
output "unique_id" { value = try(aws_iam_role.this[0].unique_id, null) }
