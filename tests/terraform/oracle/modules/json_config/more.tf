output "m" { value = module.m.out }
