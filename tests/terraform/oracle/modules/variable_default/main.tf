variable "name" { default = "a" }
variable "size" {
  type    = number
  default = "12"
}
output "name" { value = var.name }
output "size" { value = var.size + 1 }
