locals {
  a = local.b + 1
  d = { for k, v in local.e : upper(k) => v * local.a }
}
output "a" { value = local.a }
output "d" { value = local.d }
