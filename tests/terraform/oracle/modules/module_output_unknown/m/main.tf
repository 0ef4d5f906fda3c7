resource "terraform_data" "r" { input = "named" }
output "name" { value = terraform_data.r.input }
output "id" { value = terraform_data.r.id }
