module "m" { source = "./m" }
output "known" { value = module.m.name }
output "text" { value = "${module.m.name}!" }
output "unknown_id" { value = module.m.id }
