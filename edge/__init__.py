"""watchpost: recognises, on the camera box itself, only people who consented.

``values`` and ``errors`` are what all parts share; ``compose`` alone builds adapters;
each folder is a stage of the way a frame goes (see ``docs/architecture.md``).
"""

__version__ = "0.1.0"
