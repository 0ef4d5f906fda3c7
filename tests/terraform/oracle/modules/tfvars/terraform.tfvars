a = "from tfvars"
b = ["1", 2]
c = "overridden below"
