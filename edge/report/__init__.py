"""Hits into the spool, and from the spool to the broker."""
