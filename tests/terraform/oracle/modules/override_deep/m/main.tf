variable "name" {}
variable "extra" { default = "none" }
output "all" { value = [var.name, var.extra] }
