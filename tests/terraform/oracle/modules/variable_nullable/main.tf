module "m" {
  source = "./m"
  kept   = null
  given  = null
}
output "kept" { value = module.m.kept }
output "given" { value = module.m.given }
