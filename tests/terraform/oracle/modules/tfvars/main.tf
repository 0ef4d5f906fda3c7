variable "a" {}
variable "b" { type = list(number) }
variable "c" { default = "default" }
output "all" { value = "${var.a} ${join("-", var.b)} ${var.c}" }
