locals {
  b = local.c * 2
  c = 20
  e = { x = 1, y = 2 }
}
