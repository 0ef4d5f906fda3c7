{"Version": "2020-12-01", "Steps": [{"Name": "${name}", "Type": "Training", "Arguments": {"RoleArn": "${role}", "Environment": {"A": "%{ if x }b%{ endif }"}}}]}
