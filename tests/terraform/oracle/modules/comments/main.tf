# a comment
// another
/* and
   more */
locals { # behind a brace
  a = 1 // one
  b = [ # list
    1,  /* two */ 2, // last
  ]
}
output "sum" { value = local.a + local.b[1] /* here */ }
