output "num" { value = 1 == 1.0 }
output "text" { value = "1" == 1 }
output "lists" { value = tolist([1]) == [1] }
output "objects" { value = { a = 1 } == { a = 1 } }
output "null" { value = null == null }
