variable "v" { default = "last override" }
resource "terraform_data" "r" { input = "overridden" }
