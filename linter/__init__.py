"""pipewarden: a policy-as-code linter and cost analyzer for SageMaker Pipelines."""
