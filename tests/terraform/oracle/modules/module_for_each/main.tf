module "m" {
  source   = "./m"
  for_each = { a = 1, b = 2 }
  k        = each.key
  v        = each.value
}
output "all" { value = { for k, m in module.m : k => m.out } }
output "a" { value = module.m["a"].out }
