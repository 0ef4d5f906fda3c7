variable "prod" { default = "true" }
output "type" { value = var.prod ? 1 : "x" }
output "lists" { value = var.prod ? ["a"] : [] }
output "null" { value = var.prod ? null : "x" }
output "nested" { value = !var.prod ? 1 : 2 > 1 && true ? 3 : 4 }
output "objects" { value = true ? { a = 1 } : { a = "s" } }
