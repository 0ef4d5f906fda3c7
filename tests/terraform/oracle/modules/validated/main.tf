variable "type" {
  type    = string
  default = "ml.m5.xlarge"
  validation {
    condition     = can(regex("^ml\\.", var.type))
    error_message = "The type must begin with ml."
  }
}
variable "n" {
  type    = number
  default = 2
  validation {
    condition     = var.n > 0 && var.n <= 10 && var.type != ""
    error_message = "n must be 1 to 10, not ${var.n}."
  }
}
check "size" {
  assert {
    condition     = var.n < 5
    error_message = "large"
  }
}
resource "terraform_data" "x" {
  input = var.type
  lifecycle {
    precondition {
      condition     = var.n > 1
      error_message = "n"
    }
    postcondition {
      condition     = self.input != ""
      error_message = "empty"
    }
    ignore_changes = [input]
  }
}
output "v" {
  value = "${var.type} x ${var.n}"
  precondition {
    condition     = var.n != 3
    error_message = "three"
  }
}
