variable "i" {}
output "out" { value = var.i * 10 }
