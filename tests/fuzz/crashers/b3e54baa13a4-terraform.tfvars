n =1e9993
names = ["a", "b"]
m = { a = 1 }
