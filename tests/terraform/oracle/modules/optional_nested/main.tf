variable "jobs" {
  type = map(object({
    image = string
    count = optional(number, 2)
    tags  = optional(map(string), { team = "ml" })
    limits = optional(object({
      hours = optional(number, 4)
      spot  = optional(bool)
    }), {})
    steps = optional(list(object({
      name    = string
      cache   = optional(bool, true)
      retries = optional(set(number), [3, 1, 3])
    })), [])
  }))
  default = {
    train = { image = "a", limits = { spot = true }, steps = [{ name = "x" }, { name = "y", cache = false, retries = [] }] }
    eval  = { image = "b", count = "7", tags = null }
  }
}
variable "flat" {
  type    = object({ a = optional(string), b = optional(list(string)), c = optional(any, { z = 1 }) })
  default = { a = 1, extra = "gone" }
}
output "jobs" { value = var.jobs }
output "flat" { value = var.flat }
output "hours" { value = { for k, j in var.jobs : k => j.limits.hours } }
