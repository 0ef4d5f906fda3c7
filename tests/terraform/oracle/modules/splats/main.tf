locals {
  list   = [{ a = 1, b = [{ c = "x" }] }, { a = 2, b = [] }]
  single = { a = 5 }
  none   = null
}
output "a" { value = local.list[*].a }
output "c" { value = local.list[*].b[*].c }
output "single" { value = local.single[*].a }
output "none" { value = local.none[*] }
output "legacy" { value = local.list.*.a }
