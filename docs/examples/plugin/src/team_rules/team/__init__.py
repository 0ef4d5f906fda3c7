"""Area TEAM."""
