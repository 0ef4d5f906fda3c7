variable "in" {}
locals { made = "${var.in}${var.in}" }
output "out" { value = local.made }
