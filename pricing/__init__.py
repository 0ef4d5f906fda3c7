"""Prices and cost estimates for SageMaker jobs. Knows money and nothing of Terraform."""
