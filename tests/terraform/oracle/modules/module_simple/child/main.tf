variable "name" { type = string }
output "hello" { value = "hello ${var.name}" }
output "n" { value = length(var.name) }
