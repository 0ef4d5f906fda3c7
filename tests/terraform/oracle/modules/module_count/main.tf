module "m" {
  source = "./m"
  count  = 2
  i      = count.index
}
output "all" { value = module.m[*].out }
output "last" { value = module.m[1].out }
