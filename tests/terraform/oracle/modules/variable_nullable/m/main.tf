variable "kept" {
  default  = "fallback"
  nullable = false
}
variable "given" { default = "ignored" }
output "kept" { value = var.kept }
output "given" { value = var.given == null }
