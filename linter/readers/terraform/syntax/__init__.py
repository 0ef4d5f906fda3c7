"""HCL's syntax: texts to trees with exact places. Knows nothing of evaluation."""
