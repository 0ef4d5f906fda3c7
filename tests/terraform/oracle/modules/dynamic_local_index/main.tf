locals {
  key  = "b"
  map  = { a = [1, 2], b = [3, 4] }
  attr = "x"
  obj  = { x = { y = "deep" } }
}
output "one" { value = local.map[local.key][1] }
output "two" { value = local.obj[local.attr]["y"] }
output "three" { value = local.map["${local.key}"][length(local.map) - 2] }
