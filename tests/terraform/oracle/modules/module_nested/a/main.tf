variable "x" {}
module "b" {
  source = "../b"
  x      = var.x + 1
}
output "y" { value = module.b.y }
