"""How the hub's tables came to be: a step a file in ``versions/``, run by ``migrate.py``."""
