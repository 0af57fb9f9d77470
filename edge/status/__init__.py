"""The status page: what the box does, in words, for people in front of it.

It reads state files and the spool, and can change nothing.
"""
