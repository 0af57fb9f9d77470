"""Model packs as files: signed archives, where they come from and where they are installed."""
