variable "region" {
  type    = string
  default = "a"
}
variable "sizes" {
  type    = list(number)
  default = [1, 2]
}
locals {
  name = "base-${var.region}"
  keep = "kept"
}
module "m" {
  source = "./m"
  name   = local.name
  extra  = "from main"
}
output "name" { value = local.name }
output "m" { value = module.m.all }
output "sizes" {
  description = "sizes"
  value       = var.sizes
}
output "keep" { value = local.keep }
