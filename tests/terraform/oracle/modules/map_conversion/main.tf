locals { m = tomap({ a = 1, b = "x" }) }
output "m" { value = local.m }
output "k" { value = local.m.b }
output "z" { value = zipmap(["p", "q"], [1, 2]) }
output "s" { value = toset(["b", "a"]) }
output "t" { value = tolist(toset([3, 1])) }
