"""How each model pack was made. Nothing here is imported by the running system."""
