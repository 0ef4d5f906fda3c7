terraform { required_version = ">= 1.0" }
variable "v" {
  default = 3
  validation {
    condition     = var.v > 1
    error_message = "Too small."
  }
}
resource "terraform_data" "new" {
  input = var.v
  lifecycle {
    precondition {
      condition     = var.v > 1
      error_message = "No."
    }
  }
}
moved {
  from = terraform_data.old
  to   = terraform_data.new
}
removed {
  from = terraform_data.gone
  lifecycle { destroy = false }
}
check "c" {
  assert {
    condition     = terraform_data.new.input > 2
    error_message = "Small."
  }
}
output "v" { value = terraform_data.new.input }
