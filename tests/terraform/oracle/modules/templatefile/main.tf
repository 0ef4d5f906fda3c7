locals {
  rendered = templatefile("${path.module}/t.tftpl", { name = "pipe", steps = ["a", "b"], on = true })
}
output "rendered" { value = local.rendered }
output "decoded" { value = jsondecode(local.rendered) }
