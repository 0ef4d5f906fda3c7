locals {
  environments = ["dev", "prod"]
  regions      = ["us", "eu"]
  pairs        = { for p in setproduct(local.environments, local.regions) : "${p[0]}-${p[1]}" => { env = p[0], region = p[1] } }
}
resource "terraform_data" "r" {
  for_each = { for k, p in local.pairs : k => p if p.env != "dev" || p.region == "us" }
  input    = jsonencode(each.value)
}
output "keys" { value = sort(keys(terraform_data.r)) }
output "inputs" { value = { for k, r in terraform_data.r : k => jsondecode(r.input).region } }
