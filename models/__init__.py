"""Model packs (data) and the scripts that made them; see README.md beside this file."""
