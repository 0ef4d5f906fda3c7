module "bucket" {
  for_each = { raw = { days = 30 }, models = {} }
  source   = "./bucket"
  name     = each.key
  days     = try(each.value.days, null)
}
module "one" {
  count  = length(module.bucket) > 1 ? 2 : 0
  source = "./bucket"
  name   = "n${count.index}"
}
locals { arns = { for k, m in module.bucket : k => m.arn } }
output "arns" { value = local.arns }
output "list" { value = module.one[*].arn }
output "values" { value = values(module.bucket)[*].rule.days }
output "first" { value = module.one[0].rule }
