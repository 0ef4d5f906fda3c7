resource "terraform_data" "r" {
  for_each = { b = { n = 2 }, a = { n = 1 } }
  input    = "${each.key}=${each.value.n}"
}
output "all" { value = { for k, r in terraform_data.r : k => r.input } }
output "values" { value = values(terraform_data.r)[*].input }
output "keys" { value = keys(terraform_data.r) }
output "b" { value = terraform_data.r["b"].input }
