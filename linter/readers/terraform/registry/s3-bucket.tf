# What terraform-aws-modules/s3-bucket makes of its arguments (versions 3 to 5), as far as rules look at it.

variable "create_bucket" { default = true }
variable "bucket" { default = null }
variable "bucket_prefix" { default = null }
variable "force_destroy" { default = false }
variable "object_lock_enabled" { default = false }
variable "acl" { default = null }
variable "policy" { default = null }
variable "attach_policy" { default = false }
variable "attach_deny_insecure_transport_policy" { default = false }
variable "attach_public_policy" { default = true }
variable "block_public_acls" { default = true }
variable "block_public_policy" { default = true }
variable "ignore_public_acls" { default = true }
variable "restrict_public_buckets" { default = true }
variable "control_object_ownership" { default = false }
variable "object_ownership" { default = "BucketOwnerEnforced" }
variable "versioning" { default = {} }
variable "logging" { default = {} }
variable "lifecycle_rule" { default = [] }
variable "server_side_encryption_configuration" { default = {} }
variable "tags" { default = {} }
variable "region" { default = null }

resource "aws_s3_bucket" "this" {
  count               = var.create_bucket ? 1 : 0
  region              = var.region
  bucket              = var.bucket
  bucket_prefix       = var.bucket_prefix
  force_destroy       = var.force_destroy
  object_lock_enabled = var.object_lock_enabled
  tags                = var.tags
}

resource "aws_s3_bucket_acl" "this" {
  count  = var.create_bucket && var.acl != null && var.acl != "null" ? 1 : 0
  region = var.region
  bucket = aws_s3_bucket.this[0].id
  acl    = var.acl
}

resource "aws_s3_bucket_public_access_block" "this" {
  count                   = var.create_bucket && var.attach_public_policy ? 1 : 0
  region                  = var.region
  bucket                  = aws_s3_bucket.this[0].id
  block_public_acls       = var.block_public_acls
  block_public_policy     = var.block_public_policy
  ignore_public_acls      = var.ignore_public_acls
  restrict_public_buckets = var.restrict_public_buckets
}

resource "aws_s3_bucket_ownership_controls" "this" {
  count  = var.create_bucket && var.control_object_ownership ? 1 : 0
  region = var.region
  bucket = aws_s3_bucket.this[0].id
  rule {
    object_ownership = var.object_ownership
  }
}

resource "aws_s3_bucket_versioning" "this" {
  count  = var.create_bucket && length(keys(var.versioning)) > 0 ? 1 : 0
  region = var.region
  bucket = aws_s3_bucket.this[0].id
  versioning_configuration {
    status = try(var.versioning["enabled"] ? "Enabled" : "Suspended", tobool(var.versioning["status"]) ? "Enabled" : "Suspended", title(lower(var.versioning["status"])), "Enabled")
  }
}

resource "aws_s3_bucket_logging" "this" {
  count         = var.create_bucket && length(keys(var.logging)) > 0 ? 1 : 0
  region        = var.region
  bucket        = aws_s3_bucket.this[0].id
  target_bucket = var.logging["target_bucket"]
  target_prefix = try(var.logging["target_prefix"], null)
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  count  = var.create_bucket && length(keys(var.server_side_encryption_configuration)) > 0 ? 1 : 0
  region = var.region
  bucket = aws_s3_bucket.this[0].id
  dynamic "rule" {
    for_each = try(flatten([var.server_side_encryption_configuration["rule"]]), [])
    content {
      bucket_key_enabled = try(rule.value.bucket_key_enabled, null)
      dynamic "apply_server_side_encryption_by_default" {
        for_each = try([rule.value.apply_server_side_encryption_by_default], [])
        content {
          sse_algorithm     = apply_server_side_encryption_by_default.value.sse_algorithm
          kms_master_key_id = try(apply_server_side_encryption_by_default.value.kms_master_key_id, null)
        }
      }
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  count  = var.create_bucket && length(var.lifecycle_rule) > 0 ? 1 : 0
  region = var.region
  bucket = aws_s3_bucket.this[0].id
  dynamic "rule" {
    for_each = var.lifecycle_rule
    content {
      id     = try(rule.value.id, null)
      status = try(rule.value.enabled ? "Enabled" : "Disabled", tobool(rule.value.status) ? "Enabled" : "Disabled", title(lower(rule.value.status)))
      dynamic "filter" {
        for_each = try(flatten([rule.value.filter]), [{}])
        content {
          prefix = try(filter.value.prefix, null)
        }
      }
      dynamic "abort_incomplete_multipart_upload" {
        for_each = try([rule.value.abort_incomplete_multipart_upload_days], [])
        content {
          days_after_initiation = abort_incomplete_multipart_upload.value
        }
      }
      dynamic "expiration" {
        for_each = try(flatten([rule.value.expiration]), [])
        content {
          date = try(expiration.value.date, null)
          days = try(expiration.value.days, null)
        }
      }
      dynamic "transition" {
        for_each = try(flatten([rule.value.transition]), [])
        content {
          date          = try(transition.value.date, null)
          days          = try(transition.value.days, null)
          storage_class = transition.value.storage_class
        }
      }
      dynamic "noncurrent_version_expiration" {
        for_each = try(flatten([rule.value.noncurrent_version_expiration]), [])
        content {
          noncurrent_days           = try(noncurrent_version_expiration.value.days, noncurrent_version_expiration.value.noncurrent_days, null)
          newer_noncurrent_versions = try(noncurrent_version_expiration.value.newer_noncurrent_versions, null)
        }
      }
      dynamic "noncurrent_version_transition" {
        for_each = try(flatten([rule.value.noncurrent_version_transition]), [])
        content {
          noncurrent_days = try(noncurrent_version_transition.value.days, noncurrent_version_transition.value.noncurrent_days, null)
          storage_class   = noncurrent_version_transition.value.storage_class
        }
      }
    }
  }
}

data "aws_iam_policy_document" "deny_insecure_transport" {
  count = var.create_bucket && var.attach_deny_insecure_transport_policy ? 1 : 0
  statement {
    sid       = "denyInsecureTransport"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this[0].arn, "${aws_s3_bucket.this[0].arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

data "aws_iam_policy_document" "combined" {
  count = var.create_bucket && (var.attach_policy || var.attach_deny_insecure_transport_policy) ? 1 : 0
  source_policy_documents = compact([
    var.attach_deny_insecure_transport_policy ? data.aws_iam_policy_document.deny_insecure_transport[0].json : "",
    var.attach_policy ? var.policy : "",
  ])
}

resource "aws_s3_bucket_policy" "this" {
  count  = var.create_bucket && (var.attach_policy || var.attach_deny_insecure_transport_policy) ? 1 : 0
  region = var.region
  bucket = aws_s3_bucket.this[0].id
  policy = data.aws_iam_policy_document.combined[0].json
}

output "s3_bucket_id" { value = try(aws_s3_bucket.this[0].id, "") }
output "s3_bucket_arn" { value = try(aws_s3_bucket.this[0].arn, "") }
output "s3_bucket_bucket_domain_name" { value = try(aws_s3_bucket.this[0].bucket_domain_name, "") }
output "s3_bucket_bucket_regional_domain_name" { value = try(aws_s3_bucket.this[0].bucket_regional_domain_name, "") }
output "s3_bucket_policy" { value = try(aws_s3_bucket_policy.this[0].policy, "") }
output "s3_bucket_tags" { value = try(aws_s3_bucket.this[0].tags, {}) }
