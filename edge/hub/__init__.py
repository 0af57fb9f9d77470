"""The receiver: hits into a database, acknowledgements back to the boxes."""
