variable "config" {
  type = map(object({
    size  = optional(number, 10)
    label = optional(string, "none")
    list  = optional(list(string))
  }))
}
output "out" { value = var.config }
