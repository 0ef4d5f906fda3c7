output "div" { value = 10 / 4 }
output "third" { value = 1 / 3 }
output "big" { value = 123456789012345678 * 10 }
output "mod" { value = -7 % 3 }
output "exp" { value = 1e3 + 1.50 }
output "text" { value = "${1 / 3} ${100000000000000000000} ${0.1 + 0.2}" }
