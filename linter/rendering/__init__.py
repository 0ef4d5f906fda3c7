"""Definitions by running the script that makes them, when a user asks for it.

This is the only part of pipewarden that runs code of what it looks at; only ``render`` uses it.
"""
