module "p" {
  source = "./p"
  pipeline = {
    name  = "churn"
    steps = { train = { type = "ml.m5.xlarge", count = 1 }, eval = { type = "ml.m5.large" } }
  }
  roles = toset(["b", "a", "b"])
  extra = { x = [1, "2"], y = { z = true } }
}
output "def" { value = jsondecode(module.p.definition) }
output "roles" { value = module.p.roles }
output "types" { value = module.p.types }
