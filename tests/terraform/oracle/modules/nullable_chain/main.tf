variable "a" {
  type    = string
  default = null
}
variable "b" {
  type     = list(string)
  default  = ["x"]
  nullable = false
}
module "m" {
  source = "./m"
  a      = var.a
  b      = null
  c      = var.a == null ? null : "c"
}
output "m" { value = module.m.out }
output "co" { value = coalesce(var.a, "", "z") }
output "len" { value = length(var.b) }
output "t" { value = try(length(var.a), "none") }
