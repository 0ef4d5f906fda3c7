module "a" {
  source = "./a"
  x      = 1
}
output "y" { value = module.a.y }
