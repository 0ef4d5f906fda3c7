locals {
  none   = null
  single = { id = "s", tags = [{ k = 1 }, { k = 2 }] }
  many   = [local.single, { id = "t", tags = [] }]
}
output "single" { value = local.single[*].id }
output "none" { value = local.none[*] }
output "nested" { value = local.many[*].tags[*].k }
output "legacy" { value = local.many.*.id }
output "flat" { value = flatten(local.many[*].tags)[*].k }
output "deep" { value = local.many.0.tags.1.k }
output "for" { value = { for i, m in local.many : m.id => i if length(m.tags) > 0 } }
