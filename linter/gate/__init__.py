"""What counts: suppressions, the baseline, budgets, and the verdict."""

MARKER = "pipewarden:"
"""What a text must hold to be searched for suppression comments."""
