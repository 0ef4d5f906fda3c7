locals {
  envs    = { dev = { roles = ["r1", "r2"], size = 1 }, prod = { roles = ["r2"], size = 3 } }
  buckets = ["raw", "models"]
  pairs = flatten([
    for env, cfg in local.envs : [
      for role in cfg.roles : { key = "${env}/${role}", env = env, role = role, arn = format("arn:aws:iam::%012d:role/%s", cfg.size, role) }
    ]
  ])
  by_key  = { for p in local.pairs : p.key => p }
  by_role = { for p in local.pairs : p.role => p.env... }
  product = { for t in setproduct(keys(local.envs), local.buckets) : join("-", t) => { env = t[0], bucket = t[1] } }
  sorted  = sort([for k, _ in local.product : k])
  sizes   = { for k, v in local.envs : k => v.size if v.size > 1 }
  json    = jsonencode({ for k, v in local.by_role : upper(k) => sort(v) })
  total   = sum(values(local.envs)[*].size)
  longest = reverse(sort(local.pairs[*].key))[0]
  merged  = merge([for k, v in local.envs : { for r in v.roles : "${k}:${r}" => v.size }]...)
  chunks  = chunklist(range(7), 3)
  lookup  = lookup(lookup(local.envs, "stage", local.envs["dev"]), "size", 0)
}
resource "terraform_data" "each" {
  for_each = local.by_key
  input    = each.value.arn
}
output "all" {
  value = { by_key = local.by_key, by_role = local.by_role, product = local.product, sorted = local.sorted, sizes = local.sizes, json = local.json, total = local.total, longest = local.longest, merged = local.merged, chunks = local.chunks, lookup = local.lookup }
}
output "inputs" { value = { for k, r in terraform_data.each : k => r.input } }
