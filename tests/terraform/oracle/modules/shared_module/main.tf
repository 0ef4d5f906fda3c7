module "one" {
  source = "./m"
  in     = "x"
}
module "two" {
  source = "./m"
  in     = module.one.out
}
output "two" { value = module.two.out }
