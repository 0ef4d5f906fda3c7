variable "value" { type = string }
variable "opts" { type = map(string) }
output "both" { value = "${var.value}/${var.opts.deep}" }
