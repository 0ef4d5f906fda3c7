variable "pair" {
  type    = tuple([string, number])
  default = [1, "2"]
}
output "pair" { value = var.pair }
