locals {
  xs = ["a", "b"]
  plain = <<EOT
  one $${x} %%{y}
    two ${upper("z")}
EOT
  dented = <<-EOT
      first
        %{for x in local.xs~}
        - ${x}
        %{endfor~}
      last "quoted" \n not a newline
    EOT
  policy = <<-JSON
    {
      "Statement": [%{for i, x in local.xs}${i > 0 ? "," : ""}{"Resource": "arn:aws:s3:::${x}/*"}%{endfor}]
    }
  JSON
}
output "plain" { value = local.plain }
output "dented" { value = local.dented }
output "policy" { value = jsondecode(local.policy) }
output "marker" {
  value = <<A
x
A
}
