locals { lists = [["a"], ["b", "c"]] }
output "concat" { value = concat(local.lists...) }
output "max" { value = max([3, 9, 2]...) }
output "format" { value = format("%s-%03d", ["x", 7]...) }
