variable "name" { type = string }
variable "days" {
  type     = number
  default  = 7
  nullable = false
}
locals { rule = { days = var.days, id = "expire-${var.days}" } }
output "arn" { value = "arn:aws:s3:::${var.name}" }
output "rule" { value = local.rule }
