"""IAM: what policies say and allow. Knows nothing of files."""
