variable "region" {
  default = "b"
}
locals {
  name = "first-${var.region}"
}
module "m" {
  extra = "from the first override"
}
