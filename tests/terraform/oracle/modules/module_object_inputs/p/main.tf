variable "pipeline" {
  type = object({ name = string, steps = map(object({ type = string, count = optional(number, 2) })) })
}
variable "roles" { type = list(string) }
variable "extra" { type = any }
locals {
  steps = [for name, s in var.pipeline.steps : { Name = name, Arguments = merge({ InstanceType = s.type, InstanceCount = s.count }, name == "train" ? { Spot = true } : {}) }]
}
output "definition" {
  value = jsonencode({ Version = "2020-12-01", Name = var.pipeline.name, Steps = local.steps, Extra = var.extra })
}
output "roles" { value = var.roles }
output "types" { value = [for s in local.steps : s.Arguments["InstanceType"]] }
