variable "a" {
  type    = string
  default = "da"
}
variable "b" {
  type     = list(number)
  default  = [1]
  nullable = false
}
variable "c" {
  default = "dc"
}
output "out" { value = { a = var.a, b = var.b, c = var.c } }
