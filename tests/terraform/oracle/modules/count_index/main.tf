resource "terraform_data" "r" {
  count = 3
  input = "item-${count.index}"
}
output "all" { value = terraform_data.r[*].input }
output "legacy" { value = terraform_data.r.*.input }
output "second" { value = terraform_data.r[1].input }
output "old" { value = terraform_data.r.2.input }
