variable "on" { default = true }
module "m" {
  source = "./m"
  count  = var.on ? 1 : 0
}
module "off" {
  source = "./m"
  count  = var.on ? 0 : 1
}
output "one" { value = one(module.m[*].v) }
output "none" { value = one(module.off[*].v) }
output "first" { value = try(module.off[0].v, "absent") }
