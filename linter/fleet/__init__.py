"""Many repositories and accounts at once: which roots they have, scanned apart, kept as tables."""
