module "m" {
  source = "./child"
  name   = "root"
}
output "hello" { value = module.m.hello }
output "whole" { value = module.m }
