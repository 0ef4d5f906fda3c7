locals {
  who    = "world"
  plain  = <<EOT
  hello ${local.who}
    indented
EOT
  strip  = <<-EOT
    hello
      ${local.who} $${literal} %%{literal}
    end
  EOT
  loop   = <<-EOT
    %{for n in [1, 2, 3]~}
    - ${n}
    %{endfor~}
    done
  EOT
  inline = "%{if local.who == "world"}yes%{else}no%{endif}"
}
output "plain" { value = local.plain }
output "strip" { value = local.strip }
output "loop" { value = local.loop }
output "inline" { value = local.inline }
