resource "terraform_data" "a" { input = { x = 1, list = ["p"] } }
resource "terraform_data" "b" { input = terraform_data.a.output.x + 1 }
output "a" { value = terraform_data.a.output }
output "b" { value = terraform_data.b.output }
