locals {
  steps = [{ name = "prep", type = "Processing", env = { A = "1" } }, { name = "train", type = "Training", env = {} }]
  doc   = templatefile("${path.module}/p.tftpl", { steps = local.steps, role = "arn:aws:iam::1:role/r", on = true })
}
output "doc" { value = local.doc }
output "parsed" { value = jsondecode(local.doc) }
output "inner" { value = templatestring(local.tpl2, { who = "you" }) }
locals { tpl2 = "Hi $${who} $$${literal}" }
