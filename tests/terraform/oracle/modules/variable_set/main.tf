variable "names" {
  type    = set(string)
  default = ["b", "a", "b", "C"]
}
output "names" { value = var.names }
output "joined" { value = join(",", var.names) }
output "count" { value = length(var.names) }
