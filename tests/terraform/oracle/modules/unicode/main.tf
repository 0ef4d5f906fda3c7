locals { name = "Zoë – 日本\u00e9" }
output "name" { value = local.name }
output "length" { value = length(local.name) }
output "upper" { value = upper(local.name) }
output "part" { value = substr(local.name, 2, 3) }
