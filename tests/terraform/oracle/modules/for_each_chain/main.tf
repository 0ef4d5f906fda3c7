locals { names = ["one", "two"] }
resource "terraform_data" "a" {
  for_each = toset(local.names)
  input    = each.value
}
resource "terraform_data" "b" {
  for_each = terraform_data.a
  input    = "${each.key}:${each.value.input}"
}
output "b" { value = { for k, r in terraform_data.b : k => r.input } }
