"""The `watchpost` command, one file per group of commands."""
