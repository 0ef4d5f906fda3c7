module "m" { source = "./deep/m" }
output "module" { value = path.module }
output "root" { value = path.root }
output "child" { value = module.m.here }
output "text" { value = module.m.text }
output "workspace" { value = terraform.workspace }
