resource "terraform_data" "r" {
  for_each = toset(["y", "x"])
  input    = each.key == each.value ? upper(each.key) : "different"
}
output "all" { value = [for r in terraform_data.r : r.input] }
