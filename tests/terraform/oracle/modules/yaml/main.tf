locals { doc = yamldecode(file("${path.module}/d.yaml")) }
output "doc" { value = local.doc }
output "first" { value = local.doc.steps[0].name }
output "text" { value = yamlencode({ a = [1, "x"], b = null }) }
