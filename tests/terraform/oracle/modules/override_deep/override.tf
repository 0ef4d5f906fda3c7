variable "sizes" {
  type = list(string)
}
locals {
  name = "last-${var.region}"
}
output "sizes" {
  value = join("/", var.sizes)
}
