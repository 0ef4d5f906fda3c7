variable "v" { default = "first override" }
locals { l = "overridden" }
