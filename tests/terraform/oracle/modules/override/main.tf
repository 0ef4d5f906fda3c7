variable "v" { default = "original" }
locals { l = "original" }
resource "terraform_data" "r" {
  input            = "original"
  triggers_replace = "kept"
}
output "v" { value = var.v }
output "l" { value = local.l }
output "i" { value = terraform_data.r.input }
output "t" { value = terraform_data.r.triggers_replace }
