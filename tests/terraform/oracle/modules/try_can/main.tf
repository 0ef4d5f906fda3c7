locals { o = { a = { b = 1 } } }
output "try" { value = try(local.o.a.b, "no") }
output "missing" { value = try(local.o.x.y, local.o["z"], "fallback") }
output "can" { value = can(local.o.x) }
output "cannot" { value = can(tonumber("x")) }
output "lookup" { value = lookup(local.o, "q", "default") }
