variable "k" {}
variable "v" {}
output "out" { value = "${var.k}${var.v}" }
