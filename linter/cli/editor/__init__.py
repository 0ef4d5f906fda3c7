"""What editors are told: the language server behind ``pipewarden lsp``."""
