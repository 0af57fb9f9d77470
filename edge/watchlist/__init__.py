"""The signed list of consenting people on a box: format, store, synchronising, search."""
