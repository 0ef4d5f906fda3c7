"""Fixes: findings turned into minimal edits of the text that they are about."""
