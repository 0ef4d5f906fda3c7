variable "shape" {
  type = object({
    name  = string
    count = optional(number, 3)
    tags  = optional(map(string), {})
    inner = optional(object({ a = optional(bool, true), b = optional(string) }), {})
  })
  default = { name = 5, extra = "dropped" }
}
output "shape" { value = var.shape }
output "json" { value = jsonencode(var.shape) }
