"""Rules of our team; pipewarden reads the YAML files below this package."""
