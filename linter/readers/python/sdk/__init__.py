"""What the SDK makes of a script's objects: its classes as data, its definitions as functions."""
