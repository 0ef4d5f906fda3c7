output "v" { value = "present" }

