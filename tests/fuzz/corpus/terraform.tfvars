n = 3
names = ["a", "b"]
m = { a = 1 }
