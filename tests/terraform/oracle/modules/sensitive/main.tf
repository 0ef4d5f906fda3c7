variable "secret" {
  default   = "s3cret"
  sensitive = true
}
output "open" { value = nonsensitive("x${var.secret}") }
output "length" { value = nonsensitive(length(var.secret)) }
