"""A new box without a keyboard: its bundle is found, put in place, and wiped."""
