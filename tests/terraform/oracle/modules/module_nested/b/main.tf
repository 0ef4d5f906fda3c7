variable "x" {}
module "c" {
  source = "./c"
  x      = [var.x, var.x]
}
output "y" { value = module.c.y }
