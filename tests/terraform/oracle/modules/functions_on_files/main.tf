output "names" { value = fileset(path.module, "data/*.json") }
output "parsed" { value = { for f in fileset(path.module, "data/*.json") : trimsuffix(basename(f), ".json") => jsondecode(file("${path.module}/${f}")) } }
output "hash" { value = filesha256("${path.module}/data/a.json") }
output "exists" { value = [fileexists("${path.module}/data/a.json"), fileexists("nope")] }
