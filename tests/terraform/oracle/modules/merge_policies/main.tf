locals {
  base  = { Version = "2012-10-17", Statement = [{ Sid = "A", Action = "s3:*" }] }
  more  = { Statement = [{ Sid = "B", Action = ["sns:Publish"] }] }
  whole = merge(local.base, { Statement = concat(local.base.Statement, local.more.Statement) })
}
output "json" { value = jsonencode(local.whole) }
output "back" { value = jsondecode(jsonencode(local.whole)).Statement[1].Action[0] }
