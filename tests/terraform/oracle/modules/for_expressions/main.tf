locals {
  users = { ann = { role = "dev", age = 30 }, bob = { role = "ops", age = 25 }, cat = { role = "dev", age = 41 } }
}
output "grouped" { value = { for name, u in local.users : u.role => name... } }
output "filtered" { value = [for name, u in local.users : name if u.age > 28] }
output "nested" { value = flatten([for name, u in local.users : [for i in range(2) : "${name}${i}"]]) }
output "index" { value = { for i, c in ["x", "y"] : c => i } }
output "set" { value = [for v in toset([3, 1, 2]) : v * 2] }
