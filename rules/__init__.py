"""pipewarden built-in rules: one folder per area, one file per rule."""
