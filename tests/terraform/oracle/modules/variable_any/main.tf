variable "items" {
  type    = list(any)
  default = ["a", 1, true]
}
variable "map" {
  type    = map(any)
  default = { a = 1, b = "x" }
}
output "items" { value = var.items }
output "map" { value = var.map }
