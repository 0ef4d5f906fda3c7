resource "terraform_data" "r" {
  count = 0
  input = "x"
}
output "n" { value = length(terraform_data.r) }
output "one" { value = one(terraform_data.r[*].input) }
output "try" { value = try(terraform_data.r[0].input, "none") }
