variable "a" {}
variable "m" { type = map(number) }
output "a" { value = var.a }
output "m" { value = var.m }
