"""Terraform's value system: types, values, conversion, equality, formatting."""
