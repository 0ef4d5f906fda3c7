module "m" {
  source = "./m"
  config = { a = { size = 1 }, b = {} }
}
output "out" { value = module.m.out }
