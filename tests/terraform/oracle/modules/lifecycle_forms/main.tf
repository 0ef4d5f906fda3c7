terraform {
  required_version = ">= 1.0"
}
resource "terraform_data" "a" {
  count            = 2
  input            = { i = count.index, s = "v${count.index}" }
  triggers_replace = [count.index]
}
resource "terraform_data" "b" {
  for_each = { for r in terraform_data.a : r.input.s => r.input.i }
  input    = each.value * 10
  depends_on = [terraform_data.a]
}
moved {
  from = terraform_data.old
  to   = terraform_data.a
}
removed {
  from = terraform_data.gone
  lifecycle { destroy = false }
}
output "a" { value = terraform_data.a[*].input }
output "b" { value = [for k in sort(keys(terraform_data.b)) : terraform_data.b[k].input] }
output "last" { value = terraform_data.a[length(terraform_data.a) - 1].input.s }
